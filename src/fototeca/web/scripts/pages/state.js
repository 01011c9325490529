/** What the workspace holds, what is still being done, and how fresh the index is. */

import { get, search } from "../api.js";
import { el, fill } from "../dom.js";
import { bytes } from "../facts.js";
import { address } from "../place.js";

const EVERY_MS = 3000;

export async function show(main) {
  const body = el("div.page", {});
  fill(main, body);
  await draw();
  const timer = setInterval(() => (body.isConnected ? draw().catch(() => {}) : clearInterval(timer)), EVERY_MS);

  async function draw() {
    const [workspace, ready, counts] = await Promise.all([
      get("/v1/workspace"), get("/readyz").catch((problem) => ({ status: problem.message })),
      search({ limit: 0, facets: ["format", "kind"] }),
    ]);
    const { active, pending, trashed } = workspace.assets;
    fill(body, el("h1", {}, `The workspace “${workspace.name}”`),
      el("div.numbers", {}, number(active, "pictures"), number(pending, "waiting for approval"),
        el("div", {}, el("a", { href: address({ q: "status:trashed" }) }, el("strong", {}, trashed.toLocaleString("en"))), el("span", {}, "in the trash")),
        number(bytes(workspace.bytes), "of originals"), number(workspace.sequence, "changes so far"),
        number(ready.status === "ok" ? "Ready" : ready.status, "index and storage")),
      missing(workspace), jobs(workspace),
      el("h2", {}, "Formats"), el("table.plain", {}, el("tbody", {}, counts.facets.format.values.map(({ value, count }) =>
        el("tr", {}, el("th", { scope: "row" }, el("a", { href: address({ q: `format:${value}` }) }, value)), el("td", {}, count.toLocaleString("en")))))));
  }
}

/** What models have not told yet, as links to the pictures. */
function missing(workspace) {
  const rows = Object.entries(workspace.missing ?? {}).filter(([, count]) => count);
  return rows.length ? [el("h2", {}, "Not seen yet"), el("table.plain", {}, el("tbody", {}, rows.map(([stage, count]) =>
    el("tr", {}, el("th", { scope: "row" }, el("a", { href: address({ q: `missing:${stage}` }) }, stage)), el("td", {}, count.toLocaleString("en"))))))] : null;
}

function jobs(workspace) {
  const rows = Object.entries(workspace.jobs ?? {});
  return rows.length ? [el("h2", {}, "Work"), el("table.plain", {}, el("tbody", {}, rows.map(([state, count]) =>
    el("tr", {}, el("th", { scope: "row" }, state), el("td", {}, count.toLocaleString("en"))))))] : null;
}

function number(value, label) {
  return el("div", {}, el("strong", {}, typeof value === "number" ? value.toLocaleString("en") : value), el("span", {}, label));
}
