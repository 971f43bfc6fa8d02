// Confirm dialogs, modals and the short notes at the bottom.

const at = (id) => document.getElementById(id);
let gone;

export function say(text) {
  const toast = at("toast");
  toast.hidePopover(); // shown again it lies over a dialog that was opened since
  toast.showPopover();
  toast.textContent = text;
  clearTimeout(gone);
  gone = setTimeout(() => toast.hidePopover(), 6000);
}

export function ask(dialog, text) {
  const shown = at("confirm");
  at("confirm-title").textContent = dialog.title.text;
  at("confirm-text").replaceChildren(text);
  at("deny").textContent = dialog.deny.text;
  at("agree").textContent = dialog.confirm.text;
  at("agree").className = dialog.style ?? "primary";
  shown.returnValue = "deny";
  shown.showModal();
  return new Promise((resolve) => {
    shown.addEventListener("close", () => resolve(shown.returnValue === "confirm"), { once: true });
  });
}

export function fillModal(view, blocks) {
  const modal = at("modal");
  if (!view) return modal.close();
  const kept = modal.open && modal.dataset.view === view.id ? entered() : new Map();
  modal.dataset.view = view.id;
  at("modal-title").textContent = view.title.text;
  at("modal-blocks").replaceChildren(...blocks);
  at("modal-close").textContent = view.close?.text ?? "Close";
  at("modal-submit").textContent = view.submit?.text ?? "";
  at("modal-submit").hidden = !view.submit;
  if (!modal.open) modal.showModal();
  for (const field of fields()) kept.get(name(field))?.(field);
}

const fields = () => at("modal-blocks").querySelectorAll("[data-action]");
const name = (field) => `${field.dataset.block} ${field.dataset.action}`;

// What was filled in and has the focus stays, as in Slack, where block and action are the same after an update.
function entered() {
  return new Map([...fields()].map((field) => {
    const { value } = field;
    const focused = field === document.activeElement;
    return [name(field), (now) => {
      if (now.tagName !== "SELECT" || [...now.options].some((option) => option.value === value)) now.value = value;
      if (focused) now.focus();
    }];
  }));
}

export function showErrors(errors) {
  let first;
  for (const note of at("modal-blocks").querySelectorAll("[data-error-of]")) {
    const why = errors[note.dataset.errorOf];
    note.hidden = !why;
    note.textContent = why ?? "";
    if (why) first ??= note.parentElement.querySelector("[data-action]");
  }
  first?.focus();
}

export function modalValues() {
  const values = {};
  for (const field of fields()) {
    const { block, action, kind } = field.dataset;
    values[block] = { [action]: { type: kind, ...state(field, kind) } };
  }
  return values;
}

function state(field, kind) {
  if (kind === "plain_text_input") return { value: field.value || null };
  const option = field.selectedOptions[0];
  return { selected_option: field.value ? { value: field.value, text: { type: "plain_text", text: option.text } } : null };
}
