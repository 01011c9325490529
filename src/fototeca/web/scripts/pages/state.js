/** What the workspace holds, what is still being done, and how fresh the index is. */

import { get, search } from "../api.js";
import { counted, el, fill } from "../dom.js";
import { bytes } from "../facts.js";
import { address } from "../place.js";

const EVERY_MS = 3000;

export async function show(main) {
  const body = el("div.page", {});
  fill(main, body);
  await draw();
  const timer = setInterval(() => (body.isConnected ? draw().catch(() => {}) : clearInterval(timer)), EVERY_MS);

  async function draw() {
    const [workspace, enrichment, ready, counts] = await Promise.all([
      get("/v1/workspace"), get("/v1/enrichment"), get("/readyz").catch((problem) => ({ status: problem.message })),
      search({ limit: 0, facets: ["format", "kind"] }),
    ]);
    const { active, pending, trashed } = workspace.assets;
    fill(body, el("h1", {}, `The workspace “${workspace.name}”`),
      el("div.numbers", {}, number(active, "pictures"), number(pending, "waiting for approval"),
        el("div", {}, el("a", { href: address({ q: "status:trashed" }) }, el("strong", {}, trashed.toLocaleString("en"))), el("span", {}, "in the trash")),
        number(bytes(workspace.bytes), "of originals"), number(workspace.sequence, "changes so far"),
        number(ready.status === "ok" ? "Ready" : ready.status, "index and storage")),
      seeing(enrichment),
      el("h2", {}, "Formats"), el("table.plain", {}, el("tbody", {}, counts.facets.format.values.map(({ value, count }) =>
        el("tr", {}, el("th", { scope: "row" }, el("a", { href: address({ q: `format:${value}` }) }, value)), el("td", {}, count.toLocaleString("en")))))));
  }
}

/** What models have seen, what is missing, and why some cannot look. */
function seeing({ stages, waiting, jobs }) {
  return [el("h2", {}, "What is seen in the pictures"), el("p.quiet", {}, jobs ? `${counted(jobs, "job")} under way` : "Nothing is under way."),
    el("table.plain", {},
      el("thead", {}, el("tr", {}, ["Stage", "Not seen yet", "Given up", "Model"].map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, Object.entries(stages).map(([name, { maker, missing, failed }]) => el("tr", {}, el("th", { scope: "row" }, name),
        el("td", {}, missing ? el("a", { href: address({ q: `-seen:${name}` }) }, missing.toLocaleString("en")) : "0"),
        el("td", {}, (failed ?? 0).toLocaleString("en")), el("td", {}, maker ?? ""))),
      Object.entries(waiting).map(([name, why]) => el("tr", {}, el("th", { scope: "row" }, name), el("td", { colspan: 3 }, why)))))];
}

function number(value, label) {
  return el("div", {}, el("strong", {}, typeof value === "number" ? value.toLocaleString("en") : value), el("span", {}, label));
}
