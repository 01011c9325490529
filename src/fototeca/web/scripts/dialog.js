/** Questions that stop everything else until they are answered; the browser's own dialog keeps the keyboard in them. */

import { el } from "./dom.js";

let lists = 0;

/**
 * Ask for a line of text.
 * @param {string[]} [known] offered while typing.
 * @returns {Promise<string|null>} `null` if it was not given.
 */
export function askFor(title, hint, known = [], value = "") {
  const id = `known-${++lists}`;
  const input = el("input", { type: "text", placeholder: hint, "aria-label": hint, list: id, value, autocomplete: "off" });
  const options = el("datalist", { id }, known.map((each) => el("option", { value: each })));
  return ask(title, [input, options], () => input.value.trim());
}

/** Ask whether to do something. */
export function confirm(title, text, yes) {
  return ask(title, [el("p", {}, text)], () => true, yes).then(Boolean);
}

/** Choose one of several. @returns {Promise<*>} its value, or `null`. */
export function choose(title, options) {
  const select = el("select", { "aria-label": title, size: Math.min(10, Math.max(2, options.length)) },
    options.map(([, label], at) => el("option", { value: String(at) }, label)));
  return ask(title, [select], () => options[Number(select.value)]?.[0] ?? null);
}

function ask(title, content, answer, yes = "OK") {
  return new Promise((resolve) => {
    let given = null;
    const form = el("form", { method: "dialog", onsubmit: () => { given = answer(); } },
      el("h2", {}, title), content,
      el("div.buttons", {}, el("button.plain", { type: "button", onclick: () => dialog.close() }, "Cancel"),
        el("button.primary", { type: "submit" }, yes)));
    const dialog = el("dialog.ask", { "aria-label": title, onclose: () => { dialog.remove(); resolve(given); } }, form);
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector("input, select")?.focus();
  });
}
