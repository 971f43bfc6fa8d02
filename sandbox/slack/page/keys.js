// Keys, most of them Slack's own, and the dialog that tells them.

import { element } from "./mrkdwn.js";

const at = (id) => document.getElementById(id);
const PARTS = ["side", "messages", "text", "replies", "reply", "story", "state"];
const KEYS = [
  ["Enter", "Send; Shift+Enter makes a new line"],
  ["↑ ↓", "Bring back what you sent before"],
  ["F6, Shift+F6", "Go to the next or the previous part of the page"],
  ["Alt+↑, Alt+↓", "Go to the channel above or below"],
  ["Alt+P", "Become the next person"],
  ["Alt+S, Alt+T", "Show or hide the story, the state"],
  ["Esc", "Close the thread, a menu or a dialog; on a phone the story, too"],
  ["Ctrl+/", "Show these keys"],
];

// `acts`: channel(step), person(), story(), state(), close().
export function listenForKeys(acts) {
  at("key-list").replaceChildren(...KEYS.flatMap(([key, does]) => [
    element("dt", {}, ...key.split(/(, | )/).map((part) => (part.trim().replace(",", "") ? element("kbd", {}, part) : part))), element("dd", {}, does)]));
  at("open-keys").addEventListener("click", () => at("keys").showModal());
  document.addEventListener("keydown", (event) => {
    const act = deed(event, acts);
    if (!act || event.isComposing || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    act();
  });
}

function deed(event, acts) {
  if (event.key === "F6") return () => goToPart(event.shiftKey ? -1 : 1);
  if (event.ctrlKey && event.key === "/") return () => at("keys").showModal();
  if (event.key === "Escape") return acts.close;
  if (!event.altKey || event.ctrlKey || event.metaKey) return undefined;
  return {
    ArrowUp: () => acts.channel(-1), ArrowDown: () => acts.channel(1), KeyP: acts.person, KeyS: acts.story, KeyT: acts.state,
  }[event.code];
}

function goToPart(step) {
  const parts = PARTS.map(at).filter((part) => part.checkVisibility({ visibilityProperty: true }));
  const here = parts.findLastIndex((part) => part.contains(document.activeElement));
  const next = parts.at((here + step) % parts.length);
  const within = [...next.querySelectorAll("summary, [tabindex='0'], button, select")];
  (next.tabIndex >= 0 ? next : within.find((node) => node.checkVisibility())).focus();
}
