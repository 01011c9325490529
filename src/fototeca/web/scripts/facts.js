/** All that is known of an asset, as a list; what can be asked for leads to the question. */

import * as clauses from "./clauses.js";
import { el, iconButton } from "./dom.js";
import { duration } from "./grid.js";

/**
 * @param {function(string)} ask takes a clause.
 * @param {function(): function} editable gives what changes a field, or `null` to readers.
 */
export function facts(asset, ask, editable) {
  const known = asset.facts ?? {};
  const edit = editable();
  const row = (label, value, clause, field) => (value || (field && edit) ? [
    el("dt", {}, label),
    el("dd", {}, clause && value ? el("button.plain", { type: "button", onclick: () => ask(clause) }, value) : value ?? "",
      field && edit && iconButton("edit", `Change the ${label.toLowerCase()}`, () => edit(field, label))),
  ] : null);
  const camera = known.camera ?? {};
  const place = known.place;
  const taken = asset.taken ? new Date(asset.taken.slice(0, 19)) : null;
  return el("section", {}, el("dl.facts", {},
    row("Title", asset.title ?? known.title, null, "title"),
    row("Description", asset.description ?? known.description, null, "description"),
    row("Taken", taken?.toLocaleString("en", { dateStyle: "long", timeStyle: "short" }), taken && `taken:${asset.taken.slice(0, 10)}`),
    row("Place", place && [place.city, place.state, place.country].filter(Boolean).join(", "), place?.city && clauses.exact("city", place.city)),
    row("Position", known.gps && `${known.gps.latitude.toFixed(5)}, ${known.gps.longitude.toFixed(5)}`,
      known.gps && `within:"${known.gps.latitude.toFixed(5)},${known.gps.longitude.toFixed(5)},2km"`),
    row("Camera", made(camera), camera.model && clauses.exact("model", camera.model)),
    row("Lens", camera.lens, camera.lens && clauses.exact("lens", camera.lens)),
    row("Exposure", exposure(camera)),
    row("Folder", asset.folder, asset.folder && `folder:${clauses.quote(asset.folder)}`, "folder"),
    row("File", asset.filename),
    row("Format", `${asset.format.toUpperCase()} · ${bytes(asset.bytes)}`, clauses.exact("format", asset.format)),
    row("Size", asset.width && `${asset.width} × ${asset.height}`),
    row("Length", asset.duration && duration(asset.duration)),
    row("Colours", (known.colors ?? []).map((colour) => colour.name).filter((name, at, all) => all.indexOf(name) === at).join(", ")),
    row("Text", asset.text),
    row("Added", new Date(asset.created).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" })),
    row("Version", asset.version > 1 ? String(asset.version) : null),
    Object.entries(asset.metadata ?? {}).map(([key, value]) => row(key, String(value), clauses.exact(`metadata.${key}`, value)))),
  el("details", {}, el("summary", {}, "Everything the file says"),
    el("dl.facts.tags-list", {}, Object.entries(known.tags ?? {}).map(([name, value]) =>
      [el("dt", {}, name), el("dd", {}, typeof value === "object" ? JSON.stringify(value) : String(value))]))));
}

/** Make and model, without saying the make twice. */
function made({ make, model }) {
  const [first] = (make ?? "").toLowerCase().split(" ");
  return model?.toLowerCase().startsWith(first) ? model : [make, model].filter(Boolean).join(" ");
}

function exposure({ exposure_time: time, f_number: aperture, iso, focal_length: focal }) {
  return [time && (time < 0.5 ? `1/${Math.round(1 / time)} s` : `${time} s`), aperture && `f/${aperture}`, iso && `ISO ${iso}`,
    focal && `${focal} mm`].filter(Boolean).join(" · ");
}

/** Bytes in plain words. */
export function bytes(number) {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let at = 0;
  let value = number;
  while (value >= 1000 && at < units.length - 1) {
    value /= 1000;
    at++;
  }
  return `${at && value < 100 ? value.toFixed(1) : Math.round(value)} ${units[at]}`;
}
