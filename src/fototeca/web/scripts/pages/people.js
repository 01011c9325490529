/** The people in the pictures: name, merge, hide, and put faces right. */

import { call, current, get } from "../api.js";
import * as clauses from "../clauses.js";
import { askFor, confirm } from "../dialog.js";
import { counted, el, fill, iconButton } from "../dom.js";
import { address } from "../place.js";
import { attempt, say } from "../toast.js";

const FACES = 60;

export async function show(main, { refresh }) {
  const writes = current().writes;
  const [{ people }, { faces }] = await Promise.all([get("/v1/people?hidden=true"), get(`/v1/faces?limit=${FACES}`)]);
  const chosen = new Set();
  const bar = el("div.bar", { role: "toolbar", "aria-label": "Chosen people", hidden: true });
  const shown = people.filter((each) => !each.hidden).sort((one, other) => Number(other.favorite ?? false) - Number(one.favorite ?? false)
    || Number(Boolean(other.name)) - Number(Boolean(one.name)) || (other.count ?? 0) - (one.count ?? 0));
  const hidden = people.filter((each) => each.hidden);
  fill(main, el("div.page", {},
    el("div.top", {}, el("h1", {}, "People"), el("span.quiet", {}, shown.length ? counted(shown.length, "person", "people") : "")), bar,
    shown.length ? el("div.cards", {}, shown.map(card))
      : el("p.quiet", {}, "Nobody yet: faces are found where a face detector is installed; see “fototeca models list”."),
    faces.length ? el("details", {}, el("summary", {}, "Faces that are nobody’s"), el("div.strip", {}, faces.map(face))) : null,
    hidden.length ? el("details", {}, el("summary", {}, `Hidden (${hidden.length})`), el("div.cards", {}, hidden.map(card))) : null));

  function card(person) {
    const name = person.name ?? "Who is this?";
    const clause = person.name ? clauses.exact("person", person.name) : `person_id:${person.id}`;
    const node = el("article.card.person", {},
      el("a", { href: address({ q: clause }), "aria-label": name },
        person.cover_face_id && el("img", { src: `/v1/faces/${person.cover_face_id}/thumbnail`, alt: "", loading: "lazy" })),
      el("div.caption", {}, el("strong", {}, name), el("small", {}, counted(person.count ?? 0, "picture"))),
      writes && el("div.row", {},
        iconButton("edit", person.name ? `Rename ${name}` : "Name this person", () => rename(person)),
        iconButton("star", person.favorite ? `${name} is no favourite` : `${name} is a favourite`,
          () => patch(person, { favorite: !person.favorite }), { "aria-pressed": String(Boolean(person.favorite)) }),
        iconButton(person.hidden ? "show" : "hide", person.hidden ? `Show ${name}` : `Hide ${name}`, () => hide(person)),
        iconButton("check", `Choose ${name}`, (event) => choose(person, node, event.currentTarget), { "aria-pressed": "false" })));
    return node;
  }

  function face(each) {
    return el("button.plain", { type: "button", "aria-label": "Whose face is this?", onclick: () => (writes ? nameFace(each) : null) },
      el("img.face", { src: `/v1/faces/${each.id}/thumbnail`, alt: "", width: 80, height: 80, loading: "lazy" }));
  }

  function choose(person, node, button) {
    if (!chosen.delete(person)) chosen.add(person);
    node.classList.toggle("chosen", chosen.has(person));
    button.setAttribute("aria-pressed", String(chosen.has(person)));
    bar.hidden = !chosen.size;
    fill(bar, el("strong", {}, `${chosen.size} chosen`),
      chosen.size > 1 && el("button.action", { type: "button", onclick: merge }, "They are the same person"),
      chosen.size > 1 && el("a", { href: address({ q: [...chosen].map((each) => `person_id:${each.id}`).join(" ") }) }, "Pictures with all of them"),
      el("span.spring"), iconButton("close", "Choose nobody", refresh));
  }

  async function patch(person, changes) {
    await attempt(async () => {
      await call("PATCH", `/v1/people/${person.id}`, changes);
      refresh();
    });
  }

  async function rename(person) {
    const known = people.filter((each) => each.name && each.id !== person.id);
    const name = await askFor("Who is this?", "Name", known.map((each) => each.name), person.name ?? "");
    if (!name || name === person.name) return;
    const same = known.find((each) => each.name === name);
    if (!same) {
      await patch(person, { name });
      return;
    }
    if (!await confirm("The same person?", `There is a “${name}” already. Put both together?`, "Put together")) return;
    await attempt(async () => {
      await call("POST", `/v1/people/${same.id}/merge`, { ids: [person.id] });
      refresh();
    });
  }

  async function merge() {
    const [target, ...others] = [...chosen].sort((one, other) => Number(Boolean(other.name)) - Number(Boolean(one.name)) || other.count - one.count);
    await attempt(async () => {
      await call("POST", `/v1/people/${target.id}/merge`, { ids: others.map((each) => each.id) });
      say(`Put together as ${target.name ?? "one person"}.`);
      refresh();
    });
  }

  async function hide(person) {
    await attempt(async () => {
      await call("PATCH", `/v1/people/${person.id}`, { hidden: !person.hidden });
      say(person.hidden ? "Shown again." : "Hidden.", async () => {
        await call("PATCH", `/v1/people/${person.id}`, { hidden: Boolean(person.hidden) });
        refresh();
      });
      refresh();
    });
  }

  async function nameFace(each) {
    const known = people.filter((person) => person.name);
    const name = await askFor("Whose face is this?", "Name", known.map((person) => person.name));
    if (!name) return;
    await attempt(async () => {
      await give(each, name);
      refresh();
    });
  }
}

/**
 * Give a face to the person of a name, who is made if nobody has it yet.
 *
 * Where the face belongs to somebody without a name, all faces of that person get it.
 */
export async function give(face, name) {
  const { people } = await get("/v1/people?hidden=true");
  const person = people.find((each) => each.name === name);
  const nameless = face.person_id && !face.person;
  if (person && nameless) await call("POST", `/v1/people/${person.id}/merge`, { ids: [face.person_id] });
  else if (person) await call("PATCH", `/v1/faces/${face.id}`, { person_id: person.id });
  else if (nameless) await call("PATCH", `/v1/people/${face.person_id}`, { name });
  else await call("POST", "/v1/people", { name, faces: [face.id] });
}
