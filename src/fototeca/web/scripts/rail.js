/** The date rail: where in time the window is, and a way to jump to any month. */

import { search } from "./api.js";
import { el, fill } from "./dom.js";

/** @param {function(number)} jump takes the index of the first hit of a month. */
export function makeRail(jump) {
  const root = el("nav.rail", { "aria-label": "Dates", hidden: true });
  let months = [];
  let stop = null;

  async function show(question, sort, total) {
    stop?.abort();
    root.hidden = true;
    months = [];
    const field = sort.replace("-", "");
    if (!["taken", "created"].includes(field) || total < 100) return;
    stop = new AbortController();
    let counted;
    try {
      counted = (await search({ ...question, limit: 0, facets: [{ field, interval: "month" }] }, stop.signal)).facets[field];
    } catch {
      return;
    }
    const ordered = sort.startsWith("-") ? [...counted.values].reverse() : counted.values;
    let index = 0;
    months = ordered.map(({ value, count }) => {
      const month = { label: String(value).slice(0, 7), index, count };
      index += count;
      return month;
    });
    root.hidden = months.length < 2;
    draw(total);
  }

  function draw(total) {
    let year = "";
    let lastAt = -1;
    fill(root, months.map((month) => {
      const at = month.index / total;
      const begins = month.label.slice(0, 4) !== year;
      const labelled = begins && at - lastAt > 0.035;
      year = month.label.slice(0, 4);
      if (labelled) lastAt = at;
      const mark = el("button.month", {
        type: "button", class: labelled ? "labelled" : "", title: `${name(month.label)} · ${month.count.toLocaleString("en")}`,
        "aria-label": `Go to ${name(month.label)}`, tabindex: labelled ? "0" : "-1", onclick: () => jump(month.index),
      }, labelled ? year : "");
      mark.style.top = `${at * 100}%`;
      return mark;
    }), el("span.here", { "aria-hidden": "true" }));
  }

  /** Tell which hit is the first in view. */
  function moved(index, total) {
    const here = root.querySelector(".here");
    if (!here || !months.length) return;
    const month = months.findLast((each) => each.index <= index);
    here.style.top = `${(index / Math.max(1, total)) * 100}%`;
    here.textContent = month ? name(month.label) : "";
  }

  return { root, show, moved };
}

function name(label) {
  const [year, month] = label.split("-").map(Number);
  return new Date(Date.UTC(year, month - 1)).toLocaleDateString("en", { month: "long", year: "numeric", timeZone: "UTC" });
}
