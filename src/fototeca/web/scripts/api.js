/** The way to the server: our own HTTP API, in the session of this browser. */

/** What the server says no with: `detail` for people, `position` and `suggestion` where it knows them. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || `the server answered ${status}`);
    this.status = status;
    this.position = body.position;
    this.suggestion = body.suggestion;
  }
}

let session = null;

/** The session: `workspace`, `scope` and whether it may change anything; `null` before signing in. */
export function current() {
  return session && { ...session, writes: session.scope !== "read" };
}

/** Take up the session that the browser has a cookie of, if there is one. */
export async function resume() {
  try {
    session = await call("GET", "/session");
  } catch (problem) {
    if (problem.status !== 401) throw problem;
    session = null;
  }
  return current();
}

export async function signIn(key) {
  session = await call("POST", "/session", { key });
  return current();
}

export async function signOut() {
  await call("DELETE", "/session");
  session = null;
}

/**
 * Send a request and return what it answers, decoded.
 * @param {AbortSignal} [signal] gives up on it.
 * @throws {Problem} whenever the server says no.
 */
export async function call(method, path, body, signal) {
  const headers = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET" && session) headers["X-CSRF-Token"] = session.csrf;
  const response = await fetch(path, {
    method,
    headers,
    signal,
    body: body === undefined ? undefined : JSON.stringify(body),
    credentials: "same-origin",
  });
  if (response.status === 204) return null;
  const type = response.headers.get("content-type") || "";
  const content = type.includes("json") ? await response.json() : {};
  if (!response.ok) {
    if (response.status === 401 && session) window.dispatchEvent(new Event("signed-out"));
    throw new Problem(response.status, content);
  }
  return content;
}

export const get = (path, signal) => call("GET", path, undefined, signal);

/** What a tile needs to know of an asset; everything else is asked for when it is opened. */
export const TILE = ["id", "uuid", "filename", "kind", "width", "height", "duration", "taken", "created", "folder", "urls",
  "favorite", "facts.thumbhash", "facts.place"];

/** Ask a question; see `SearchRequest` of the API. */
export const search = (question, signal) => call("POST", "/v1/search", question, signal);

/** Change many assets at once, a thousand ids in a request. */
export async function change(ids, what) {
  for (let start = 0; start < ids.length; start += 1000) {
    await call("POST", "/v1/assets/bulk", { ids: ids.slice(start, start + 1000), ...what });
  }
}

/** Links are absolute; on this page the path alone keeps them on its own origin. */
export function link(url) {
  const parsed = new URL(url, location.href);
  return parsed.pathname + parsed.search;
}

/**
 * Send a file; progress is only told by the older interface.
 * @param {function(number)} progress told how much is sent, 0..1.
 * @returns {Promise<{asset: Object, duplicate: boolean}>}
 */
export function upload(file, fields, progress) {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) if (value) form.append(name, value);
    form.append("file", file, file.name);
    const request = new XMLHttpRequest();
    request.open("POST", "/v1/assets");
    request.setRequestHeader("X-CSRF-Token", session.csrf);
    request.upload.addEventListener("progress", (event) => progress(event.loaded / (event.total || 1)));
    request.addEventListener("error", () => reject(new Problem(0, { detail: "the connection broke" })));
    request.addEventListener("load", () => {
      let body = {};
      try {
        body = JSON.parse(request.responseText);
      } catch { /* an answer that is no JSON has no detail */ }
      if (request.status < 300) resolve(body);
      else reject(new Problem(request.status, body));
    });
    request.send(form);
  });
}

/** Read a picture, made small enough to be sent as an example. */
export async function example(file) {
  const LARGEST = 1024;
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return encode(await file.arrayBuffer()); // a format that only the server reads, such as HEIC
  }
  const scale = Math.min(1, LARGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(Math.max(1, bitmap.width * scale), Math.max(1, bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
  return encode(await blob.arrayBuffer());
}

function encode(buffer) {
  const bytes = new Uint8Array(buffer);
  let text = "";
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return btoa(text);
}
