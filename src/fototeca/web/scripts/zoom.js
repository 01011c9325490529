/** A picture that can be looked at closely: wheel, pinch and drag; the original is fetched once it is wanted. */

import { el } from "./dom.js";

const CLOSEST = 8;

/**
 * @param {Object} picture `small` and `large` addresses, `width` and `height` in pixels, `label`, and whether the browser
 *   can show the original (`readable`).
 */
export function makeZoom({ small, large, width, height, label, readable }) {
  const image = el("img.zoom-image", { src: small, alt: label, draggable: "false" });
  const overlay = el("div.overlay");
  const sheet = el("div.zoom-sheet", {}, image, overlay);
  const root = el("div.zoom", {}, sheet);
  let scale = 1;
  let x = 0;
  let y = 0;
  let sharp = false;
  const fingers = new Map();

  function fit() {
    const ratio = width && height ? width / height : image.naturalWidth / image.naturalHeight || 1;
    const view = root.getBoundingClientRect();
    const wide = Math.min(view.width, view.height * ratio, Math.max(width || Infinity, 600));
    sheet.style.width = `${wide}px`;
    sheet.style.height = `${wide / ratio}px`;
    apply();
  }

  function apply() {
    const view = root.getBoundingClientRect();
    const over = (size, space) => Math.max(0, (size * scale - space) / 2);
    x = Math.max(-over(sheet.offsetWidth, view.width), Math.min(over(sheet.offsetWidth, view.width), x));
    y = Math.max(-over(sheet.offsetHeight, view.height), Math.min(over(sheet.offsetHeight, view.height), y));
    sheet.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    root.classList.toggle("zoomed", scale > 1.01);
    if (scale > 1.5 && readable && !sharp) {
      sharp = true;
      image.src = large;
    }
  }

  /** Zoom by a factor, keeping a point of the window where it is. */
  function by(factor, at = null) {
    const view = root.getBoundingClientRect();
    const before = scale;
    scale = Math.min(CLOSEST, Math.max(1, scale * factor));
    const dx = at ? at.clientX - view.left - view.width / 2 : 0;
    const dy = at ? at.clientY - view.top - view.height / 2 : 0;
    x = dx - ((dx - x) * scale) / before;
    y = dy - ((dy - y) * scale) / before;
    apply();
  }

  root.addEventListener("wheel", (event) => { event.preventDefault(); by(Math.exp(-event.deltaY / 400), event); }, { passive: false });
  root.addEventListener("dblclick", (event) => (scale > 1.01 ? reset() : by(2.5, event)));
  root.addEventListener("pointerdown", (event) => {
    if (event.target.closest("button")) return;
    fingers.set(event.pointerId, event);
    root.setPointerCapture(event.pointerId);
  });
  root.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const others = [...fingers.values()].filter((each) => each.pointerId !== event.pointerId);
    if (others.length) {
      const span = (one) => Math.hypot(one.clientX - others[0].clientX, one.clientY - others[0].clientY) || 1;
      by(span(event) / span(before), event);
    } else {
      x += event.clientX - before.clientX;
      y += event.clientY - before.clientY;
      apply();
    }
    fingers.set(event.pointerId, event);
  });
  for (const kind of ["pointerup", "pointercancel"]) root.addEventListener(kind, (event) => fingers.delete(event.pointerId));
  new ResizeObserver(fit).observe(root);
  image.addEventListener("load", fit);

  function reset() {
    scale = 1;
    x = 0;
    y = 0;
    apply();
  }

  return { root, by, reset, overlay: (nodes) => overlay.replaceChildren(...nodes) };
}
