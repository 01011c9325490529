/** The originals that an asset has had: looked at, downloaded, and by those who may, made current or deleted. */

import { call, current, get, link } from "./api.js";
import { confirm } from "./dialog.js";
import { el, fill, icon, iconButton } from "./dom.js";
import { bytes } from "./facts.js";
import { attempt } from "./toast.js";

/**
 * Show the versions of an asset where there are several; otherwise the section stays empty.
 * @param {function(Object)} changed takes the asset as it is once another version is current.
 */
export async function versions(asset, section, changed) {
  const path = `/v1/assets/${asset.id}/versions`;
  const found = (await get(path).catch(() => null))?.versions ?? [];
  if (found.length < 2) return;

  const choose = (version) => attempt(async () => changed(await call("POST", `${path}/${version.uuid}/choose`)));

  async function remove(version) {
    const sure = await confirm("Delete this version?", `“${version.filename}” of ${when(version)} cannot be brought back.`, "Delete");
    if (sure) await attempt(async () => changed(await call("DELETE", `${path}/${version.uuid}`)));
  }

  const row = (version) => el("li", { "aria-current": version.current ? "true" : null },
    el("img", { src: link(version.urls["256"]), alt: "", loading: "lazy" }),
    el("div", {},
      el("div", {}, `${version.number} · ${version.filename}`),
      el("div.quiet", {}, when(version)),
      el("div.quiet", {}, [version.width && `${version.width} × ${version.height}`, bytes(version.bytes)].filter(Boolean).join(" · ")),
      version.current && el("div", {}, "Current version"),
      !version.current && current().writes && el("button.plain", { type: "button", onclick: () => choose(version) }, "Make current")),
    el("a.icon-button", { href: link(version.urls.original), download: version.filename, "aria-label": `Download version ${version.number}`,
      title: `Download version ${version.number}` }, icon("download")),
    current().writes && iconButton("trash", `Delete version ${version.number}`, () => remove(version)));

  fill(section, el("h3", {}, "Versions"), el("ul.versions", {}, found.map(row)));
}

const when = ({ created }) => new Date(created).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" });
