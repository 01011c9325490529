/** Hits under the values of a field that has several for one picture, such as people: a strip for each value. */

import { link, search, TILE } from "./api.js";
import * as clauses from "./clauses.js";
import { counted, el, fill } from "./dom.js";
import { attempt } from "./toast.js";

const MOST = 24;
const STRIP = 10;

/** @param {function(string)} ask takes the question that shows all of one value. */
export async function sections(root, field, question, ask) {
  fill(root, el("p.quiet", {}, "Looking…"));
  await attempt(async () => {
    const answer = await search({ ...question, limit: 0, facets: [{ field, limit: MOST }] });
    const { values } = answer.facets[field];
    if (!values.length) return fill(root, el("p.quiet", {}, "None of these pictures has any."));
    fill(root);
    for (const { value, count } of values) {
      const clause = clauses.exact(field, value);
      const narrowed = clauses.add(question.query, clause);
      const found = await search({ ...question, query: narrowed, limit: STRIP, fields: TILE });
      root.append(el("section.strip-section", {},
        el("h3", {}, el("button.plain", { type: "button", onclick: () => ask(narrowed) }, `${value} · ${counted(count, "picture")}`)),
        strip(found.hits)));
    }
    return undefined;
  });
}

/** A row of small pictures that lead to their asset. */
export function strip(hits) {
  return el("div.strip", {}, hits.map(({ asset }) => thumb(asset)));
}

/** One small picture; opens its asset. */
export function thumb(asset, href = null) {
  const params = new URLSearchParams(location.search);
  params.set("asset", asset.id);
  return el("a.thumb", { href: href ?? `/?${params}`, dataset: { go: "" }, "aria-label": asset.filename },
    el("img", { src: link(asset.urls["256"]), alt: asset.filename, loading: "lazy" }));
}
