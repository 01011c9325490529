/** Short messages at the foot of the page, with a way back where there is one. */

import { el, fill } from "./dom.js";

const SECONDS = 8;
const shelf = el("div.toasts", { role: "status", "aria-live": "polite" });

/**
 * Say something.
 * @param {function(): Promise} [undo] takes back what was done.
 */
export function say(text, undo) {
  if (!shelf.isConnected) document.body.append(shelf);
  const toast = el("div.toast", {}, el("span", {}, text));
  const leave = () => toast.remove();
  const timer = setTimeout(leave, SECONDS * 1000);
  if (undo) {
    toast.append(el("button.plain", {
      type: "button",
      onclick: async () => {
        clearTimeout(timer);
        fill(toast, "Taking it back…");
        try {
          await undo();
          leave();
        } catch (problem) {
          fill(toast, problem.message);
          setTimeout(leave, SECONDS * 1000);
        }
      },
    }, "Undo"));
  }
  shelf.append(toast);
}

/** Do something, and say what is wrong if it fails. */
export async function attempt(action) {
  try {
    return await action();
  } catch (problem) {
    if (problem.name !== "AbortError") say(problem.message);
    return undefined;
  }
}
