// A text field in which Enter sends and the up-arrow brings back what was sent before.

export function attachComposer(form, field, send) {
  const sent = [];
  let back = 0;

  const fit = () => {
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight, 160)}px`;
  };
  const fill = (text) => {
    field.value = text;
    fit();
    field.focus();
    field.setSelectionRange(text.length, text.length);
  };
  const recall = (step) => {
    back = Math.min(Math.max(back + step, 0), sent.length);
    fill(back ? sent.at(-back) : "");
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    sent.push(text);
    back = 0;
    fill("");
    send(text);
  });
  field.addEventListener("input", fit);
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === "ArrowUp" && (!field.value || back)) {
      event.preventDefault();
      recall(1);
    } else if (event.key === "ArrowDown" && back) {
      event.preventDefault();
      recall(-1);
    }
  });
  return { fill };
}
