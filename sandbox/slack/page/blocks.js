// Block Kit as DOM nodes. `act(block, element, option)` is called when something is pressed.

import { element, emojis, rendered } from "./mrkdwn.js";

export function drawBlocks(blocks, names, act) {
  return blocks.map((block) => (DRAWN[block.type] ?? unknown)(block, { names, act }));
}

const DRAWN = {
  header: (block, { names }) => element("h3", {}, emojis(block.text.text, names)),
  divider: () => element("hr"),
  markdown: (block, { names }) => element("div", { className: "text" }, ...rendered(block.text, names)),
  section(block, tools) {
    const text = block.text ? [drawText(block.text, tools.names)] : [];
    const fields = block.fields ? [element("div", { className: "fields" }, ...block.fields.map((f) => drawText(f, tools.names)))] : [];
    const accessory = block.accessory ? [drawElement(block, block.accessory, tools)] : [];
    return element("div", { className: "section" }, element("div", {}, ...text, ...fields), ...accessory);
  },
  context: (block, tools) =>
    element("div", { className: "context" }, ...block.elements.map((part) => drawElement(block, part, tools))),
  actions: (block, tools) =>
    element("div", { className: "actions" }, ...block.elements.map((part) => drawElement(block, part, tools))),
  plan: drawPlan,
  image: (block) => element("img", { src: block.image_url, alt: block.alt_text }),
  input(block, tools) {
    const hint = block.hint ? [element("small", {}, block.hint.text)] : [];
    const label = element("span", {}, block.label.text, block.optional ? " (optional)" : "");
    const wrong = element("small", { className: "wrong", role: "alert", hidden: true, dataset: { errorOf: block.block_id } });
    return element("label", { className: "input" }, label, drawElement(block, block.element, tools), ...hint, wrong);
  },
};

function unknown(block) {
  const texts = [...JSON.stringify(block).matchAll(/"text":("(?:[^"\\]|\\.)*")/g)].map((found) => JSON.parse(found[1]));
  return element("p", { className: "text" }, texts.join(" "));
}

// Folded once nothing of it is to come; whoever looks unfolds it.
function drawPlan(block) {
  const tasks = block.tasks ?? [];
  const open = tasks.some((task) => task.status === "pending" || task.status === "in_progress");
  const drawn = tasks.map((task) => element("li", { className: task.status }, ...drawTask(task)));
  return element("details", { className: "plan", open },
    element("summary", {}, block.title), element("ol", {}, ...drawn));
}

function drawTask(task) {
  const parts = ["details", "output"].filter((name) => task[name]);
  const mark = element("span", { className: "mark", role: "img", ariaLabel: task.status.replace("_", " ") }, MARKS[task.status]);
  return [mark, element("strong", {}, task.title),
    ...parts.map((name) => element("div", { className: `text ${name}` }, ...rich(task[name])))];
}

const MARKS = { pending: "○", in_progress: "●", complete: "✓", error: "✗" };

function rich(text) {
  return text.elements.flatMap((part) => {
    const inner = part.elements.map(richPart);
    return part.type === "rich_text_preformatted" ? [element("pre", {}, ...inner)] : inner;
  });
}

function richPart(part) {
  if (part.type === "link") return element("a", { href: part.url, target: "_blank", rel: "noopener noreferrer" }, part.text);
  return part.style?.code ? element("code", {}, part.text) : part.text ?? "";
}

export function drawText(text, names) {
  const content = text.type === "mrkdwn" ? rendered(text.text, names) : [emojis(text.text, names)];
  return element("div", { className: "text" }, ...content);
}

function drawElement(block, part, tools) {
  return (ELEMENTS[part.type] ?? menu)(block, part, tools);
}

const ELEMENTS = {
  mrkdwn: (_, text, { names }) => drawText(text, names),
  plain_text: (_, text, { names }) => drawText(text, names),
  image: (_, image) => element("img", { src: image.image_url, alt: image.alt_text, className: "small" }),
  button: drawButton,
  plain_text_input: (block, input) =>
    element(input.multiline ? "textarea" : "input", {
      value: input.initial_value ?? "",
      placeholder: input.placeholder?.text ?? "",
      required: !block.optional,
      dataset: { block: block.block_id, action: input.action_id, kind: input.type },
    }),
  overflow: menu,
};

function drawButton(block, button, { names, act }) {
  const node = element("button", {
    type: "button",
    className: `pressable ${button.style ?? ""}`,
    textContent: emojis(button.text.text, names),
  });
  if (button.accessibility_label) node.ariaLabel = button.accessibility_label;
  node.addEventListener("click", () => busy(node, () => act(block, button, "")));
  return node;
}

function menu(block, part, { act }) {
  const label = part.placeholder?.text ?? (part.type === "overflow" ? "…" : "Choose");
  const inForm = block.type === "input";
  const options = (part.options ?? []).map((option) =>
    element("option", { value: option.value, selected: option.value === part.initial_option?.value },
      [option.text.text, option.description?.text].filter(Boolean).join(" · ")),
  );
  const node = element("select", {
    ariaLabel: inForm ? null : part.type === "overflow" ? "More" : label,
    className: part.type,
    required: inForm && !block.optional,
    dataset: inForm ? { block: block.block_id, action: part.action_id, kind: part.type } : {},
  }, element("option", { value: "" }, label), ...options);
  if (!inForm) node.addEventListener("change", () => busy(node, () => act(block, part, node.value)));
  else if (block.dispatch_action) node.addEventListener("change", () => node.value && act(block, part, node.value));
  return node;
}

async function busy(node, work) {
  node.disabled = true;
  node.classList.add("busy");
  try {
    await work();
  } finally {
    node.disabled = false;
    node.classList.remove("busy");
    if (node.tagName === "SELECT") node.value = "";
  }
}
