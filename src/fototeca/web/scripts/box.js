/** The one box: a question in the native language, with completion, editable clauses, and room for a picture. */

import { example, get } from "./api.js";
import * as clauses from "./clauses.js";
import { el, fill, icon, iconButton, settled } from "./dom.js";
import { say } from "./toast.js";

const MOST = 9;

/**
 * Make the box.
 * @param {Object} does `ask(question)`, `picture(base64, file)` and `unlike(id)`, `forget(kind, id)` for examples.
 */
export function makeBox(does) {
  const input = el("input.box-input", {
    type: "text", name: "q", autocomplete: "off", spellcheck: "false", enterkeyhint: "search",
    placeholder: "Ask anything: red shoes camera:canon taken:2023 -tag:draft",
    "aria-label": "Search", role: "combobox", "aria-expanded": "false", "aria-controls": "choices", "aria-autocomplete": "list",
  });
  const choices = el("ul.choices", { id: "choices", role: "listbox", "aria-label": "Suggestions", hidden: true });
  const mistake = el("p.mistake", { role: "alert", hidden: true });
  const chips = el("div.chips", { role: "group", "aria-label": "Parts of the question" });
  const file = el("input", { type: "file", accept: "image/*", hidden: true, onchange: () => take(file.files[0]) });
  const form = el("form.box", { role: "search", onsubmit: submit },
    el("span.box-sign", {}, icon("search")), input,
    iconButton("picture", "Search by a picture", () => file.click()), file,
    el("button.primary", { type: "submit" }, "Search"), choices);
  const root = el("div.box-frame", {}, form, mistake, chips);

  let offered = [];
  let chosen = -1;
  let fields = null;
  let generation = 0;

  function submit(event) {
    event?.preventDefault();
    hide();
    does.ask(input.value.trim());
  }

  async function take(picture) {
    if (!picture) return;
    try {
      does.picture(await example(picture), picture);
    } catch {
      say("This file cannot be read as a picture.");
    }
    file.value = "";
  }

  // --- completion

  const complete = settled(async () => {
    const mine = ++generation;
    const found = await suggestions().catch(() => []);
    if (mine === generation && document.activeElement === input) offer(found);
  }, 90);

  async function suggestions() {
    const before = input.value.slice(0, input.selectionStart);
    const word = /(\S*)$/.exec(before)[1];
    const value = /^([-!]?)([a-z_][\w.]*):"?([^"]*)$/i.exec(before.slice(clauses.split(before).at(-1)?.start ?? 0)) ;
    if (value) return values(value[1] + value[2], value[2], value[3], before.length - value[0].length);
    if (!word || /["()[\]]/.test(word)) return [];
    fields ??= (await get("/v1/fields")).fields;
    const wanted = word.replace(/^[-!]/, "").toLowerCase();
    const sign = word.length > wanted.length ? word[0] : "";
    const named = fields.filter((field) => wanted && [field.name, ...field.aliases].some((name) => name.startsWith(wanted)));
    const known = nearest(named, wanted, (field) => field.name).slice(0, 5).map((field) => ({
      label: `${field.name}:`, note: field.doc, start: before.length - word.length, text: `${sign}${field.name}:`, open: true,
    }));
    const everywhere = await Promise.all(["person", "tag", "place"].map((field) =>
      values(`${sign}${field}`, field, wanted, before.length - word.length).catch(() => [])));
    const begun = everywhere.map((some) => some.filter(({ label }) => distance(label, wanted) < 2));
    return [...known, ...begun.flatMap((some) => some.slice(0, 3))].slice(0, MOST);
  }

  async function values(shown, name, begun, start) {
    const field = encodeURIComponent(name);
    const filter = begun ? `${name}:${wild(begun)}` : `has:${name}`;
    const answer = await get(`/v1/facets?field=${field}&limit=200&q=${encodeURIComponent(filter)}`);
    const found = Object.values(answer.facets)[0].values.filter(({ value }) => fold(String(value)).includes(fold(begun)));
    return nearest(found, begun, ({ value }) => String(value))
      .slice(0, MOST)
      .map(({ value, count }) => ({
        label: String(value), note: `${name} · ${count.toLocaleString("en")}`, start, text: `${shown}:${clauses.quote(String(value))} `,
      }));
  }

  const wild = (text) => `*${text.replace(/[^\p{L}\p{N}_-]/gu, "\\$&")}*`;

  function offer(found) {
    offered = found;
    chosen = -1;
    fill(choices, found.map((each, at) => el("li.choice", {
      role: "option", id: `choice-${at}`, "aria-selected": "false", onpointerdown: (event) => { event.preventDefault(); pick(at); },
    }, el("span", {}, each.label), el("small", {}, each.note))));
    choices.hidden = !found.length;
    input.setAttribute("aria-expanded", String(Boolean(found.length)));
    input.removeAttribute("aria-activedescendant");
  }

  function hide() {
    generation++;
    offer([]);
  }

  function pick(at) {
    const each = offered[at];
    const rest = input.value.slice(input.selectionStart).trimStart();
    input.value = input.value.slice(0, each.start) + each.text + rest;
    const caret = each.start + each.text.length;
    input.setSelectionRange(caret, caret);
    hide();
    if (each.open) complete();
    input.focus();
  }

  function move(by) {
    chosen = (chosen + by + offered.length + (chosen < 0 && by < 0 ? 1 : 0)) % offered.length;
    [...choices.children].forEach((node, at) => {
      node.setAttribute("aria-selected", String(at === chosen));
      if (at === chosen) node.scrollIntoView({ block: "nearest" });
    });
    input.setAttribute("aria-activedescendant", `choice-${chosen}`);
  }

  input.addEventListener("input", () => {
    clearMistake();
    complete();
  });
  input.addEventListener("blur", hide);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return hide();
    if (!offered.length) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if ((event.key === "Enter" || event.key === "Tab") && chosen >= 0) {
      event.preventDefault();
      pick(chosen);
    }
  });
  input.addEventListener("paste", (event) => {
    const picture = [...event.clipboardData.files].find((each) => each.type.startsWith("image/"));
    if (picture) {
      event.preventDefault();
      take(picture);
    }
  });

  // --- clauses

  function showChips(question, examples) {
    const parts = clauses.split(question);
    const worth = (part) => part.field || part.negated || /^["(]/.test(part.text) || /^(OR|NOT)$/.test(part.text);
    fill(chips,
      parts.filter(worth).map((part) => chip(question, part)),
      examples.map((each) => el("span.chip", { class: each.kind }, each.picture, each.label,
        iconButton("close", `Remove ${each.label}`, () => does.forget(each)))));
    chips.hidden = !chips.childElementCount;
  }

  function chip(question, part) {
    if (/^(AND|OR|NOT|&&|\|\|)$/.test(part.text)) return el("span.chip-word", {}, part.text);
    return el("span.chip", { class: part.negated ? "negated" : part.field ? "filter" : "word" },
      el("button.chip-text", { type: "button", title: "Edit", onclick: () => edit(part) }, part.text),
      iconButton("less", `${part.negated ? "Allow" : "Exclude"} ${part.text}`, () => does.ask(clauses.negate(question, part)),
        { "aria-pressed": String(part.negated) }),
      iconButton("close", `Remove ${part.text}`, () => does.ask(clauses.replace(question, part, ""))));
  }

  function edit(part) {
    input.focus();
    input.setSelectionRange(part.start, part.end);
  }

  function clearMistake() {
    mistake.hidden = true;
    input.removeAttribute("aria-invalid");
  }

  return {
    root,
    focus: () => input.focus(),
    take,
    /** Show a question as asked, with its examples. */
    show(question, examples) {
      if (document.activeElement !== input || !input.value.trim() || input.value.trim() !== question) input.value = question;
      clearMistake();
      showChips(question, examples);
    },
    /** Mark what the server did not understand, at its position. */
    refuse(problem) {
      const at = problem.position;
      input.setAttribute("aria-invalid", "true");
      const pointed = Number.isInteger(at) ? [
        el("code", {}, input.value.slice(0, at), el("mark", {}, input.value.slice(at, wordEnd(input.value, at)) || " "),
          input.value.slice(wordEnd(input.value, at)))] : [];
      const repaired = problem.suggestion && Number.isInteger(at)
        ? input.value.slice(0, at) + problem.suggestion + input.value.slice(nameEnd(input.value, at)) : null;
      fill(mistake, el("span", {}, problem.message), pointed,
        repaired && el("button.plain", { type: "button", onclick: () => does.ask(repaired) }, `Use “${problem.suggestion}”`));
      mistake.hidden = false;
    },
  };
}

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** How well a text goes on from what was typed: 0 where it begins with it, 1 where a word of it does, else 2. */
function distance(text, begun) {
  const at = ` ${fold(text).replace(/[^\p{L}\p{N}]+/gu, " ")}`.indexOf(` ${fold(begun)}`);
  return at < 0 ? 2 : Math.min(at, 1);
}

/** Those first that go on best from what was typed; the others in their order. */
function nearest(found, begun, text) {
  return [...found].sort((one, other) => distance(text(one), begun) - distance(text(other), begun));
}

function wordEnd(text, from) {
  const end = text.slice(from).search(/\s/);
  return end < 0 ? text.length : from + Math.max(end, 1);
}

function nameEnd(text, from) {
  return from + (/^[\w.]*/.exec(text.slice(from))[0].length);
}
