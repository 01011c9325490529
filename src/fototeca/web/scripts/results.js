/** What a question finds, fetched in pieces as they come into view, and forgotten again when there are many. */

import { search, TILE } from "./api.js";

/** Assets of one piece. */
export const PIECE = 48;
const KEPT = 160;
const AT_ONCE = 3;

/**
 * The answer to one question.
 *
 * Events: "piece" (detail: its number) when one has come, "failed" (detail: the problem).
 */
export class Results extends EventTarget {
  /**
   * @param {Object} question as `POST /v1/search` takes it, without page and fields.
   */
  constructor(question) {
    super();
    this.question = question;
    this.total = 0;
    this.took = 0;
    this._pieces = new Map();
    this._waiting = new Map();
    this._queue = [];
    this._stop = new AbortController();
  }

  /** Ask for the first piece, and learn the total from it. */
  async open() {
    const answer = await this._ask(0);
    this.total = answer.total;
    this.took = answer.took_ms;
    this._keep(0, answer);
    return this;
  }

  /** The hit at a place, or `undefined` while it is not here. */
  at(index) {
    return this._pieces.get(Math.floor(index / PIECE))?.[index % PIECE];
  }

  /** The hits of a piece, or `undefined` while it is not here. */
  piece(number) {
    const found = this._pieces.get(number);
    if (found) {
      this._pieces.delete(number); // the last one used is the last one to be forgotten
      this._pieces.set(number, found);
    }
    return found;
  }

  /** Fetch these pieces next; what was asked for before and has not begun is left. */
  want(numbers) {
    this._queue = numbers.filter((number) => !this._pieces.has(number) && !this._waiting.has(number));
    this._next();
  }

  /** The hit at a place, fetched if need be; `null` behind the end. */
  async fetch(index) {
    if (index < 0 || index >= this.total) return null;
    const number = Math.floor(index / PIECE);
    if (!this._pieces.has(number)) await (this._waiting.get(number) ?? this._load(number));
    return this.at(index) ?? null;
  }

  /** Give up on what is under way; nothing comes after that. */
  close() {
    this._stop.abort();
    this._queue = [];
  }

  _next() {
    while (this._queue.length && this._waiting.size < AT_ONCE) this._load(this._queue.shift());
  }

  _load(number) {
    const loading = this._ask(number * PIECE)
      .then((answer) => this._keep(number, answer))
      .catch((problem) => {
        if (!this._stop.signal.aborted) this.dispatchEvent(new CustomEvent("failed", { detail: problem }));
      })
      .finally(() => {
        this._waiting.delete(number);
        this._next();
      });
    this._waiting.set(number, loading);
    return loading;
  }

  _ask(offset) {
    return search({ ...this.question, offset, limit: PIECE, fields: TILE }, this._stop.signal);
  }

  _keep(number, answer) {
    this._pieces.set(number, answer.hits);
    for (const old of this._pieces.keys()) {
      if (this._pieces.size <= KEPT) break;
      this._pieces.delete(old);
    }
    this.dispatchEvent(new CustomEvent("piece", { detail: number }));
  }
}
