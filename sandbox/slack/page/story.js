// Beside the chat: the steps, more lines to try, and what can be done outside Slack.

import { element } from "./mrkdwn.js";

const at = (id) => document.getElementById(id);
let drawnFor; // the run whose steps are drawn: they stay as they are, so that what is open and has the focus does, too

// `tools`: fill(line, who) puts a line into the composer; press(name) acts outside; name(who) is a person's.
export function drawLines(lines, tools) {
  at("lines").replaceChildren(...lines.map(({ line, does }) =>
    element("li", {}, lineButton(line, () => tools.fill(line), element("span", {}, does)))));
  at("more-lines").hidden = !lines.length;
}

export function drawOutside({ controls, beside }, tools) {
  drawSteps(beside, controls, tools);
  drawControls(controls.filter(({ name }) => name !== "over"), Boolean(beside), tools);
  at("start-over").hidden = !controls.some(({ name }) => name === "over");
}

function drawSteps(beside, controls, tools) {
  at("steps").hidden = !beside;
  if (!beside) return;
  if (drawnFor !== beside.run) {
    drawnFor = beside.run;
    at("more-lines").open = at("outside").open = false;
    at("steps").replaceChildren(...beside.steps.map((step, number) => drawStep(step, number, tools)));
    openStep(beside.steps.findIndex((step) => !isDone(step)));
  }
  beside.steps.forEach((step, number) => markStep(at("steps").children[number], step, controls));
  const done = beside.steps.filter(isDone).length;
  at("story-hint").textContent = beside.stands ? "It begins with your first line" : `${done} of ${beside.steps.length} steps seen`;
}

const isDone = (step) => step.marks.every((mark) => mark.seen);

function openStep(number) {
  const details = at("steps").children[number]?.firstChild;
  if (details) details.open = true;
  return details;
}

function drawStep(step, number, tools) {
  const next = element("button", { type: "button", className: "quiet next", hidden: true }, "Next step");
  next.addEventListener("click", () => {
    const details = openStep(number + 1);
    details?.querySelector("summary").focus();
    details?.scrollIntoView({ block: "nearest" });
  });
  return element("li", {}, element("details", { name: "steps" },
    element("summary", {}, element("span", { className: "mark", role: "img" }), `${number + 1}. ${step.title}`),
    element("p", {}, step.happens),
    element("div", { className: "does" }, ...step.does.map((deed) => drawDeed(deed, tools))),
    element("h3", {}, "Look for"),
    element("ul", { className: "marks" }, ...step.marks.map(({ says }) =>
      element("li", {}, element("span", { className: "mark", role: "img" }), says))),
    next));
}

function drawDeed({ line, who, control }, tools) {
  if (control) {
    const button = element("button", { type: "button", className: "quiet outside", dataset: { control } });
    button.addEventListener("click", () => busy(button, () => tools.press(control)));
    return button;
  }
  if (!line) {
    const button = element("button", { type: "button", className: "quiet" }, `Become ${tools.name(who)}`);
    button.addEventListener("click", () => tools.become(who));
    return button;
  }
  return lineButton(line, () => tools.fill(line, who));
}

function lineButton(line, act, ...more) {
  const button = element("button", { type: "button", className: "line" }, element("code", {}, line), ...more);
  button.addEventListener("click", act);
  return button;
}

function markStep(node, step, controls) {
  setMark(node.querySelector("summary .mark"), isDone(step));
  node.classList.toggle("done", isDone(step));
  node.querySelectorAll(".marks .mark").forEach((mark, number) => setMark(mark, step.marks[number].seen));
  node.querySelector(".next").hidden = !isDone(step) || !node.nextElementSibling;
  for (const button of node.querySelectorAll("[data-control]")) {
    relabel(button, controls.find(({ name }) => name === button.dataset.control));
  }
}

function setMark(node, seen) {
  node.textContent = seen ? "✓" : "○";
  node.ariaLabel = seen ? "seen" : "not seen yet";
  node.parentElement.classList.toggle("seen", seen);
}

function drawControls(controls, folded, tools) {
  at("outside").hidden = !controls.length;
  const names = JSON.stringify(controls.map(({ name }) => name));
  if (at("controls").dataset.names !== names) {
    at("controls").dataset.names = names;
    at("controls").replaceChildren(...[...Map.groupBy(controls, ({ system }) => system)].map(([system, theirs]) =>
      element("div", { className: "system", role: "group", ariaLabel: system || "People" },
        ...(folded ? [element("h3", {}, system || "People")] : []), ...theirs.map((each) => drawControl(each, tools)))));
  }
  for (const button of at("controls").querySelectorAll("button")) {
    relabel(button, controls.find(({ name }) => name === button.dataset.control));
  }
  const on = controls.filter((each) => each.on).length;
  at("outside-title").textContent = on ? `Outside Slack (${on} on)` : folded ? "Outside Slack: faults to switch on" : "Outside Slack";
}

function drawControl({ name }, tools) {
  const button = element("button", { type: "button", className: "quiet", dataset: { control: name } });
  button.addEventListener("click", () => busy(button, () => tools.press(name)));
  return button;
}

// A switch with a name for its other side says what a press does; the others are pressed or not.
function relabel(button, control) {
  button.hidden = !control; // one that this story does not have
  if (!control) return;
  button.textContent = control.label;
  button.classList.toggle("on", Boolean(control.on));
  if (control.on !== null && !control.renamed) button.ariaPressed = String(control.on);
}

async function busy(button, act) {
  button.disabled = true;
  try {
    await act();
  } finally {
    button.disabled = false;
    button.focus();
  }
}
