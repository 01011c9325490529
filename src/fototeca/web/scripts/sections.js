/** Hits under the people in them, of whom a picture may show several: a strip for each person. */

import { get, link, search, TILE } from "./api.js";
import * as clauses from "./clauses.js";
import { counted, el, fill } from "./dom.js";
import { attempt } from "./toast.js";

const MOST = 24;
const STRIP = 10;

/** @param {function(string)} ask takes the question that shows all of one person. */
export async function people(root, question, ask) {
  fill(root, el("p.quiet", {}, "Looking…"));
  await attempt(async () => {
    const [known, answer] = await Promise.all([get("/v1/people"), search({ ...question, limit: 0, facets: [{ field: "person_id", limit: 100 }] })]);
    const names = new Map(known.people.map((person) => [String(person.id), person.name]));
    const values = answer.facets.person_id.values.filter(({ value }) => names.has(value)).slice(0, MOST);
    if (!values.length) return fill(root, el("p.quiet", {}, "None of these pictures shows anybody who is known."));
    fill(root);
    for (const { value, count } of values) {
      const name = names.get(value);
      const narrowed = clauses.add(question.query, name ? clauses.exact("person", name) : `person_id:${value}`);
      const found = await search({ ...question, query: narrowed, limit: STRIP, fields: TILE });
      root.append(el("section.strip-section", {},
        el("h3", {}, el("button.plain", { type: "button", onclick: () => ask(narrowed) },
          `${name ?? "Somebody without a name"} · ${counted(count, "picture")}`)),
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
