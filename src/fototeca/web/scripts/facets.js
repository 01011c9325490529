/** The side: what there is among the hits, with exact counts; a click makes it part of the question. */

import { search } from "./api.js";
import * as clauses from "./clauses.js";
import { el, fill } from "./dom.js";

const SHOWN = 6;
const FACETS = [
  { field: "taken", title: "Year", interval: "year" },
  { field: "person", title: "People" },
  { field: "tag", title: "Tags" },
  { field: "object", title: "Things" },
  { field: "country", title: "Countries" },
  { field: "city", title: "Towns" },
  { field: "color", title: "Colours" },
  { field: "camera", title: "Cameras" },
  { field: "collection", title: "Collections" },
  { field: "format", title: "Formats" },
  { field: "kind", title: "Kinds" },
  { field: "rating", title: "Stars" },
];

/**
 * Make the side.
 * @param {function(string)} ask takes the changed question.
 */
export function makeFacets(ask) {
  const root = el("aside.facets", { "aria-label": "Narrow down" });
  let stop = null;

  /** Count anew for a question; `place.q` is what the clauses are added to. */
  async function show(place, question) {
    stop?.abort();
    stop = new AbortController();
    const facets = FACETS.map(({ field, interval }) => (interval ? { field, interval } : { field, limit: 100 }));
    try {
      const answer = await search({ ...question, limit: 0, facets }, stop.signal);
      fill(root, FACETS.map((facet) => section(facet, answer.facets[facet.field], place.q)));
    } catch (problem) {
      if (problem.name !== "AbortError") fill(root);
    }
  }

  function section(facet, counted, question) {
    const values = facet.interval ? [...counted.values].reverse() : counted.values;
    if (!values.length || (values.length === 1 && facet.field === "kind")) return null;
    const list = el("ul.counts", {});
    const draw = (all) => fill(list, values.slice(0, all ? values.length : SHOWN).map((each) => row(facet, each, question)),
      !all && values.length > SHOWN && el("li", {}, el("button.plain", { type: "button", onclick: () => draw(true) },
        `${values.length - SHOWN} more`)));
    draw(false);
    return el("section.facet", {}, el("h2", {}, facet.title), list);
  }

  function row(facet, { value, count }, question) {
    const shown = facet.interval ? String(value).slice(0, 4) : String(value);
    const clause = facet.interval ? `${facet.field}:${shown}` : clauses.exact(facet.field, value);
    const active = clauses.split(question).find((each) => each.text === clause);
    const next = active ? clauses.replace(question, active, "") : clauses.add(question, clause);
    return el("li", {}, el("button.count", { type: "button", "aria-pressed": String(Boolean(active)), onclick: () => ask(next) },
      facet.field === "color" && swatch(shown), el("span.value", {}, shown),
      el("span.number", {}, count.toLocaleString("en"))));
  }

  function swatch(name) {
    const spot = el("span.swatch", { "aria-hidden": "true" });
    spot.style.background = CSS.supports("color", name) ? name : "transparent";
    return spot;
  }

  return { root, show };
}
