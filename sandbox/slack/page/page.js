// The page: what is known, what is shown, and what the person does.

import { drawBlocks, drawText } from "./blocks.js";
import { ask, fillModal, modalValues, say, showErrors } from "./dialogs.js";
import { attachComposer } from "./composer.js";
import { avatar, drawMessage, drawTyped, follows } from "./messages.js";
import { element } from "./mrkdwn.js";
import { listenForKeys } from "./keys.js";
import { drawState } from "./state.js";
import { drawLines, drawOutside } from "./story.js";

const at = (id) => document.getElementById(id);
const stored = (name, otherwise) => sessionStorage.getItem(name) ?? otherwise;

const PANES = ["story", "state"];
const WIDE = 1000, PHONE = 800; // pixels: up to there panes lie over the chat, and one thing is shown at a time
const HOME = "home"; // where the app's Home tab is shown instead of a channel
const known = { me: stored("me", "U024BE7LH"), channel: stored("channel", "C0DEPLOYS"), thread: "", unread: new Set() };
let stream;

const user = (id) => known.users.get(id) ?? { id, name: id, shown: id };
const names = {
  user: (id) => known.users.get(id)?.name,
  channel: (id) => known.channels.find((channel) => channel.id === id)?.name,
  group: (id) => known.groups[id],
  get emoji() { return known.emoji; },
};

// What is heard while the state is fetched: it may be newer than that. Before the first there is nothing to add it to.
let meanwhile = null;
let loads = 0;

async function load() {
  const mine = ++loads;
  meanwhile = [];
  const state = await (await fetch(`page/state?as=${known.me}`)).json();
  if (mine !== loads) return; // somebody else's, or older
  const first = !known.team;
  if (known.beside && known.beside.run !== state.beside?.run) return freshStory();
  Object.assign(known, state, {
    users: new Map(state.users.map((person) => [person.id, person])),
    messages: new Map(state.messages.map((message) => [`${message.channel} ${message.ts}`, message])),
  });
  if (first) openPanes();
  draw();
  for (const again of meanwhile.splice(0)) again();
  meanwhile = null;
}

// What is heard until the page is gone would be shown as if it could be answered.
function freshStory() {
  stream.close();
  location.reload();
}

function listen() {
  stream?.close();
  stream = new EventSource(`page/stream?as=${known.me}`);
  const on = (kind, hear) => stream.addEventListener(kind, (event) => {
    const told = JSON.parse(event.data);
    if (known.team) hear(told);
    meanwhile?.push(() => hear(told));
  });
  stream.addEventListener("ready", load);
  on("message", heard);
  on("deleted", (message) => { known.messages.delete(`${message.channel} ${message.ts}`); drawTalk(); });
  on("typed", typed);
  on("outside", (told) => { Object.assign(known, told); drawBeside(); });
  on("views", (views) => { Object.assign(known, views); drawModal(); if (known.channel === HOME) drawTalk(); });
}

function typed(entry) {
  if (!known.typed.some((each) => JSON.stringify(each) === JSON.stringify(entry))) known.typed.push(entry);
  drawTalk();
}

function heard(message) {
  const key = `${message.channel} ${message.ts}`;
  const isNew = !known.messages.has(key);
  known.messages.set(key, message);
  if (isNew && message.channel !== known.channel) known.unread.add(message.channel);
  if (message.channel === known.channel) drawTalk();
  drawChannels();
}

async function post(path, body) {
  const answer = await fetch(`page/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ user: known.me, ...body }),
  });
  return answer.json();
}

// what is shown

function draw() {
  at("team").textContent = known.team;
  at("me").replaceChildren(...known.people.map((id) =>
    element("option", { value: id, selected: id === known.me }, `${user(id).shown} (${user(id).title})`)));
  at("my-avatar").replaceWith(Object.assign(avatar(user(known.me)), { id: "my-avatar" }));
  drawChannels();
  drawLines(known.story, tools);
  drawBeside();
  drawShortcuts();
  drawTalk();
  drawModal();
}

function drawShortcuts() {
  const global = known.shortcuts.filter(({ type }) => type === "global");
  at("shortcuts").hidden = !global.length;
  at("shortcut-list").replaceChildren(...global.map((shortcut) => shortcutButton(shortcut, {})));
}

function shortcutButton({ name, description, callback_id }, place) {
  const button = element("button", { type: "button", title: description, textContent: name });
  button.addEventListener("click", async () => {
    button.closest("details").open = false;
    const { error } = await post("shortcut", { ...place, callback_id });
    if (error) say(`${name}: ${why(error)}`);
  });
  return button;
}

function messageMenu(message) {
  const mine = known.shortcuts.filter(({ type }) => type === "message");
  if (!mine.length || message.visible_to) return [];
  const place = { channel: message.channel, ts: message.ts };
  return [element("details", { className: "more" }, element("summary", { ariaLabel: "More actions" }, "⋮"),
    element("div", { className: "menu" }, ...mine.map((shortcut) => shortcutButton(shortcut, place))))];
}

function drawChannels() {
  known.unread.delete(known.channel);
  at("channels").replaceChildren(...known.channels.map((channel) => place(channel.id, "#", channel.name)));
  at("app").replaceChildren(place(HOME, "⌂", "Home"), place(known.direct, "✉", "Messages"));
  const here = whereabouts();
  at("channel-name").textContent = here.title;
  at("channel-topic").textContent = here.topic;
  at("messages").ariaLabel = here.log;
  at("text").ariaLabel = `Message ${here.title}`;
  at("text").placeholder = innerWidth <= PHONE ? "Message, or /fisk help" : `Message ${here.title}, or /fisk help`;
}

function place(id, sign, name) {
  const button = element("button", {
    type: "button",
    className: known.unread.has(id) ? "unread" : "",
    ariaCurrent: id === known.channel ? "true" : null,
  }, element("span", { ariaHidden: "true" }, sign), name);
  button.addEventListener("click", () => go(id));
  return element("li", {}, button);
}

function whereabouts() {
  if (known.channel === HOME) return { title: "Home", topic: "What fisk shows you alone", log: "fisk's Home tab" };
  if (known.channel === known.direct) return { title: "fisk", topic: "Direct messages", log: "Direct messages with fisk" };
  const { name, topic } = known.channels.find((channel) => channel.id === known.channel);
  return { title: `#${name}`, topic, log: `Messages in #${name}` };
}

const tools = {
  name: (who) => known.people.map(user).find(({ name }) => name === who).shown,
  fill(line, who) {
    if (who) become(known.people.find((id) => user(id).name === who));
    if (known.channel === HOME) go("C0DEPLOYS");
    if (innerWidth <= PHONE) closePanes();
    composer.fill(line);
  },
  become(who) {
    become(known.people.find((id) => user(id).name === who));
    if (innerWidth <= PHONE) closePanes();
  },
  async press(name) {
    const { error, body } = await post("control", { name });
    say(error || body);
  },
};

function drawBeside() {
  drawOutside(known, tools);
  drawState(at("systems"), known.beside?.state ?? []);
  at("open-state").hidden = !known.beside;
}

function drawTalk() {
  at("composer").hidden = known.channel === HOME;
  if (known.channel === HOME) return drawHome();
  const here = [...known.messages.values()].filter((message) => message.channel === known.channel);
  const threads = Map.groupBy(here.filter((m) => m.thread_ts && m.thread_ts !== m.ts), (m) => m.thread_ts);
  const typed = known.typed.filter((entry) => entry.channel === known.channel).map((entry) => ({ ...entry, typed: true }));
  const top = [...here.filter((m) => !m.thread_ts || m.thread_ts === m.ts), ...typed].sort((a, b) => a.ts - b.ts);
  fill(at("messages"), top, (message) => ({
    thread: threads.get(message.ts),
    openThread: () => openThread(message.ts),
  }));
  const parent = known.messages.get(`${known.channel} ${known.thread}`);
  at("thread").hidden = !parent;
  document.body.classList.toggle("in-thread", Boolean(parent));
  if (!parent) return;
  at("thread-where").textContent = at("channel-name").textContent;
  fill(at("replies"), [parent, ...(threads.get(known.thread) ?? [])], () => ({}));
}

function drawHome() {
  const blocks = known.home ? drawBlocks(known.home.blocks, names, pressIn({ view: known.home.id })) : [];
  const empty = element("p", { className: "empty" }, "The app shows nothing here yet.");
  at("messages").replaceChildren(element("div", { className: "home" }, ...(blocks.length ? blocks : [empty])));
  at("thread").hidden = true;
}

function fill(list, entries, tools) {
  const stuck = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  const drawn = new Map([...list.children].map((node) => [node.dataset.key, node]));
  const nodes = entries.map((entry, index) => {
    const given = { ...tools(entry), follows: follows(entry, entries[index - 1]) };
    const key = JSON.stringify([entry, given.follows, given.thread?.length, known.me]);
    const node = drawn.get(key) ?? drawEntry(entry, given);
    node.dataset.key = key;
    return node;
  });
  if (!nodes.length) nodes.push(element("p", { className: "empty" }, "Nothing was said here yet. Try /fisk help."));
  const same = nodes.length === list.children.length && nodes.every((node, index) => node === list.children[index]);
  if (!same) replace(list, nodes);
  if (stuck) list.scrollTop = list.scrollHeight;
}

// Nodes that stay are not moved, so that focus and an open menu in them survive somebody else's message.
function replace(list, nodes) {
  const kept = new Set(nodes);
  for (const child of [...list.children]) if (!kept.has(child)) child.remove();
  nodes.forEach((node, index) => {
    if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
  });
}

function drawEntry(entry, given) {
  if (entry.typed) return drawTyped(entry, user(entry.user));
  return drawMessage(entry, { ...given, more: messageMenu(entry), user: user(entry.user), names, act: pressIn({ channel: entry.channel, ts: entry.ts }) });
}

function drawModal() {
  fillModal(known.modal, known.modal ? drawBlocks(known.modal.blocks, names, pressIn({ view: known.modal.id })) : []);
}

// what the person does

function pressIn(place) {
  return async (block, part, option) => {
    if (part.confirm && !(await ask(part.confirm, drawText(part.confirm.text, names)))) return;
    if (part.url) window.open(part.url, "_blank", "noopener");
    const values = place.view ? { values: modalValues() } : {};
    const { error } = await post("press", { ...place, ...values, block_id: block.block_id, action_id: part.action_id, option });
    if (error) say(`${part.text?.text ?? "This"}: ${why(error)}`);
  };
}

function why(error) {
  if (error === "operation_timeout") return "the app did not answer within 3 seconds.";
  if (error === "dispatch_failed") return "the app is not connected.";
  return error;
}

function go(channel) {
  Object.assign(known, { channel, thread: "" });
  sessionStorage.setItem("channel", channel);
  document.body.classList.remove("in-side");
  drawChannels();
  drawTalk();
  at("messages").scrollTop = channel === HOME ? 0 : at("messages").scrollHeight;
  if (channel === HOME) openHome();
}

async function openHome() {
  const { error } = await post("home", {});
  if (error) say(`Home: ${why(error)}`);
}

function openThread(ts) {
  known.thread = ts;
  drawTalk();
  at("replies").scrollTop = at("replies").scrollHeight;
  if (innerWidth > 800) at("reply").focus();
}

function showPane(name, shown) {
  if (shown && innerWidth <= WIDE) closePanes();
  at(name).hidden = !shown;
  at(`open-${name}`).ariaExpanded = String(shown);
  document.body.classList.toggle("in-story", PANES.some((each) => !at(each).hidden));
}

function closePanes() {
  for (const name of PANES) showPane(name, false);
}

const toggle = (name) => () => {
  if (at(`open-${name}`).hidden) return;
  if (known.thread) closeThread();
  showPane(name, at(name).hidden);
};

function closeThread() {
  known.thread = "";
  drawTalk();
}

function become(id) {
  if (id === known.me) return;
  Object.assign(known, { me: id, modal: null });
  sessionStorage.setItem("me", id);
  at("me").value = id;
  listen();
}

// What is shown of these at first: what has room.
function openPanes() {
  at("open-story").hidden = !known.story.length && !known.beside;
  const room = innerWidth > WIDE && !known.thread;
  showPane("story", room && !at("open-story").hidden);
  showPane("state", room && Boolean(known.beside));
}

const speak = (thread) => async (text) => {
  const { error } = await post("say", { channel: known.channel, text, thread_ts: thread() });
  if (error && !text.startsWith("/")) say(why(error));
};
const composer = attachComposer(at("composer"), at("text"), speak(() => ""));
attachComposer(at("thread-composer"), at("reply"), speak(() => known.thread));

at("me").addEventListener("change", () => become(at("me").value));
at("open-side").addEventListener("click", () => document.body.classList.add("in-side"));
at("close-side").addEventListener("click", () => document.body.classList.remove("in-side"));
for (const name of PANES) {
  at(`open-${name}`).addEventListener("click", toggle(name));
  at(`close-${name}`).addEventListener("click", () => { showPane(name, false); at(`open-${name}`).focus(); });
}
at("start-over").addEventListener("click", () => tools.press("over"));
at("close-thread").addEventListener("click", closeThread);
at("modal-close").addEventListener("click", () => post("dismiss", { view: known.modal.id }));
at("modal").addEventListener("cancel", (event) => { event.preventDefault(); post("dismiss", { view: known.modal.id }); });
at("modal-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { error, body } = await post("submit", { view: known.modal.id, values: modalValues() });
  if (error) say(why(error));
  else if (body?.response_action === "errors") showErrors(body.errors);
});

function goAlong(step) {
  const places = [...known.channels.map(({ id }) => id), HOME, known.direct];
  go(places.at((places.indexOf(known.channel) + step) % places.length));
}

listenForKeys({
  channel: goAlong,
  person: () => become(known.people[(known.people.indexOf(known.me) + 1) % known.people.length]),
  story: toggle("story"),
  state: toggle("state"),
  close() {
    document.body.classList.remove("in-side");
    document.querySelector("details.more[open]")?.removeAttribute("open");
    if (known.thread) closeThread();
    else if (innerWidth <= WIDE) closePanes();
  },
});
listen();
