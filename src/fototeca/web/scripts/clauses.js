/**
 * A question taken apart into clauses, just far enough to show and change them one by one.
 *
 * The server alone knows the language. Here a clause is what stands between spaces outside quotes and brackets; putting
 * the clauses back together gives the same question.
 */

const OPENERS = { "(": ")", "[": "]", "{": "}" };

/**
 * Take a question apart.
 * @returns {Array<{text: string, start: number, end: number, negated: boolean, field: string}>} `field` is "" for words.
 */
export function split(question) {
  const clauses = [];
  let start = -1;
  let quoted = false;
  let depth = 0;
  for (let at = 0; at <= question.length; at++) {
    const letter = question[at];
    if (letter === "\\") {
      if (start < 0) start = at;
      at++;
      continue;
    }
    const open = quoted || depth > 0;
    if (letter === undefined || (/\s/.test(letter) && !open)) {
      if (start >= 0) clauses.push(clause(question, start, Math.min(at, question.length)));
      start = -1;
      continue;
    }
    if (start < 0) start = at;
    if (letter === '"') quoted = !quoted;
    else if (!quoted && letter in OPENERS) depth++;
    else if (!quoted && (letter === ")" || letter === "]" || letter === "}")) depth = Math.max(0, depth - 1);
  }
  if (start >= 0 && clauses.at(-1)?.end !== question.length) clauses.push(clause(question, start, question.length));
  return clauses;
}

/** Put a clause in the place of another one; an empty one removes it. */
export function replace(question, old, text) {
  return tidy(question.slice(0, old.start) + text + question.slice(old.end));
}

/** Turn a clause into its opposite. */
export function negate(question, old) {
  return replace(question, old, old.negated ? old.text.slice(1) : `-${old.text}`);
}

/** Add a clause, unless it stands there already. */
export function add(question, text) {
  if (split(question).some((each) => each.text === text)) return question;
  return tidy(`${question} ${text}`);
}

/** A field and a value as a clause that means exactly this value. */
export function exact(field, value) {
  if (typeof value === "boolean" || typeof value === "number") return `${field}:${value}`;
  return `${field}:${quote(value)}`;
}

/** Any text as a value. */
export function quote(text) {
  return /^[\p{L}\p{N}_][\p{L}\p{N}_-]*$/u.test(text) ? text : `"${text.replace(/["\\]/g, "\\$&")}"`;
}

function clause(question, start, end) {
  const text = question.slice(start, end);
  const negated = /^[-!]/.test(text) && text.length > 1;
  const field = /^[-!]?([a-z_][\w.-]*)\s*(?:[:=~<>]|!=)/i.exec(text)?.[1] ?? "";
  return { text, start, end, negated, field };
}

const tidy = (question) => question.replace(/\s{2,}/g, " ").trim();
