// Messages as DOM nodes.

import { drawBlocks } from "./blocks.js";
import { element, rendered } from "./mrkdwn.js";

const CLOSE = 5 * 60;
const HUES = [265, 205, 150, 25, 340, 95, 300, 180];

export const clock = (ts) =>
  new Date(ts * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });

export function avatar(user) {
  const hue = HUES[[...user.id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % HUES.length];
  const node = element("span", { className: "avatar", ariaHidden: "true" }, user.shown[0]);
  node.style.setProperty("--hue", user.name === "fisk" ? 175 : hue);
  return node;
}

export function follows(message, before) {
  return Boolean(before) && before.user === message.user && !before.typed && !message.by_command &&
    message.visible_to === before.visible_to && message.ts - before.ts < CLOSE;
}

export function drawTyped(entry, user) {
  const code = element("code", {}, entry.text);
  return element("article", { className: "typed", ariaLabel: `${user.shown} typed`, dataset: { ts: entry.ts } },
    element("span", {}, `${user.shown} typed `, code), element("time", {}, clock(entry.ts)));
}

export function drawMessage(message, { user, names, follows: compact, thread, act, openThread, more }) {
  const edited = message.edited ? [" ", element("span", { className: "edited" }, "(edited)")] : [];
  const body = message.blocks?.length
    ? drawBlocks(message.blocks, names, act)
    : [element("div", { className: "text" }, ...rendered(message.text, names), ...edited)];
  const node = element("article", {
    className: ["message", compact && "compact", message.visible_to && "private"].filter(Boolean).join(" "),
    ariaLabel: `${user.shown}, ${clock(message.ts)}`,
    dataset: { ts: message.ts, version: message.version },
  },
    compact ? element("time", { className: "gutter" }, clock(message.ts)) : avatar(user),
    element("div", { className: "body" },
      ...(message.visible_to ? [element("p", { className: "only-you" }, "Only visible to you")] : []),
      ...(compact ? [] : [byline(message, user)]),
      ...body, ...files(message), ...reactions(message, names), ...replies(thread, openThread)),
  );
  if (openThread && !message.visible_to) node.append(replyButton(openThread));
  node.append(...more);
  return node;
}

function byline(message, user) {
  const app = user.is_bot ? [element("span", { className: "badge" }, "APP")] : [];
  const command = message.by_command ? [element("code", { className: "by" }, message.by_command)] : [];
  return element("p", { className: "byline" },
    element("strong", {}, user.shown), ...app, element("time", {}, clock(message.ts)), ...command);
}

function files(message) {
  return (message.files ?? []).map((file) =>
    element("p", { className: "file" },
      element("a", { href: file.permalink, target: "_blank", rel: "noopener" }, ...picture(file), file.title)));
}

function picture(file) {
  return file.mimetype?.startsWith("image/") ? [element("img", { src: file.permalink, alt: file.alt_txt ?? "" })] : [];
}

function reactions(message, names) {
  if (!message.reactions) return [];
  const chips = message.reactions.map(({ name, count }) => element("span", {}, `${names.emoji[name] ?? `:${name}:`} ${count}`));
  return [element("p", { className: "reactions" }, ...chips)];
}

function replies(thread, openThread) {
  if (!openThread || !thread?.length) return [];
  const count = thread.length === 1 ? "1 reply" : `${thread.length} replies`;
  const node = element("button", { type: "button", className: "replies" }, count,
    element("small", {}, `last at ${clock(thread.at(-1).ts)}`));
  node.addEventListener("click", openThread);
  return [node];
}

function replyButton(openThread) {
  const node = element("button", { type: "button", className: "reply", ariaLabel: "Reply in thread" }, "Reply");
  node.addEventListener("click", openThread);
  return node;
}
