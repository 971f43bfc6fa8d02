// The panel beside the chat: each system with what is so there.

import { element } from "./mrkdwn.js";

const MEANS = { good: "✓", bad: "✗", busy: "●", "": "" };

export function drawState(list, systems) {
  const drawn = new Map([...list.children].map((node) => [node.dataset.key, node]));
  const nodes = systems.map((system) => {
    const key = JSON.stringify(system);
    return drawn.get(key) ?? drawSystem(system, key);
  });
  if (nodes.some((node, index) => node !== list.children[index])) list.replaceChildren(...nodes);
}

function drawSystem({ name, rows }, key) {
  const pairs = rows.flatMap(({ name, says, tone }) => [
    element("dt", {}, name),
    element("dd", { className: tone }, ...(MEANS[tone] ? [element("span", { ariaHidden: "true" }, MEANS[tone])] : []), says)]);
  const known = pairs.length ? element("dl", {}, ...pairs) : element("p", {}, "Nothing yet: the story begins with your first line.");
  return element("section", { dataset: { key }, ariaLabel: name }, element("h3", {}, name), known);
}
