// Slack's markup as DOM nodes. Text only ever becomes text nodes, so nothing typed can become markup.

const PARTS = new RegExp(
  [
    "```\\n?([\\s\\S]+?)\\n?```", // 1: a block of code
    "`([^`\\n]+)`", // 2: code
    "<([^<>|\\n]+)(?:\\|([^<>\\n]*))?>", // 3, 4: a link or a mention and its label
    "(?<![\\w*])\\*(?=\\S)([^*\\n]*[^*\\s])\\*(?![\\w*])", // 5: bold
    "(?<![\\w_])_(?=\\S)([^_\\n]*[^_\\s])_(?![\\w_])", // 6: italic
    "(?<![\\w~])~(?=\\S)([^~\\n]*[^~\\s])~(?![\\w~])", // 7: struck
    ":([a-z0-9_+-]+):", // 8: an emoji
  ].join("|"),
  "g",
);

const UNESCAPED = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };

const plain = (text) => text.replace(/&(?:lt|gt|amp);/g, (entity) => UNESCAPED[entity]);

export function element(tag, properties = {}, ...children) {
  const { dataset, ...rest } = properties;
  const node = Object.assign(document.createElement(tag), rest);
  Object.assign(node.dataset, dataset);
  node.append(...children.filter((child) => child !== null && child !== ""));
  return node;
}

export function rendered(text, names) {
  const quoted = text.split(/^(?:&gt;|>) ?(.*)$/m);
  return quoted.flatMap((part, index) =>
    index % 2 ? [element("blockquote", {}, ...inline(part, names))] : inline(part.replace(/^\n|\n$/g, ""), names),
  );
}

function inline(text, names) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(PARTS)) {
    nodes.push(plain(text.slice(end, found.index)), node(found, names));
    end = found.index + found[0].length;
  }
  return [...nodes, plain(text.slice(end))].filter((part) => part !== "");
}

function node(found, names) {
  const [whole, block, code, target, label, bold, italic, struck, emoji] = found;
  if (block !== undefined) return element("pre", {}, plain(block));
  if (code !== undefined) return element("code", {}, plain(code));
  if (target !== undefined) return angled(target, label, names);
  if (bold !== undefined) return element("strong", {}, ...inline(bold, names));
  if (italic !== undefined) return element("em", {}, ...inline(italic, names));
  if (struck !== undefined) return element("s", {}, ...inline(struck, names));
  return names.emoji[emoji] ?? whole;
}

function angled(target, label, names) {
  if (/^(https?:|mailto:)/.test(target))
    return element("a", { href: plain(target), target: "_blank", rel: "noopener noreferrer" }, plain(label || target));
  if (target.startsWith("@")) return mention(`@${names.user(target.slice(1)) ?? label ?? target.slice(1)}`);
  if (target.startsWith("#")) return mention(`#${names.channel(target.slice(1)) ?? label ?? target.slice(1)}`);
  if (target.startsWith("!subteam^")) return mention(`@${names.group(target.slice(9)) ?? label ?? target}`);
  if (target.startsWith("!date^")) return plain(label ?? target);
  if (target.startsWith("!")) return mention(`@${target.slice(1)}`);
  return plain(label || target);
}

const mention = (text) => element("span", { className: "mention" }, text);

export function emojis(text, names) {
  return text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => names.emoji[name] ?? whole);
}
