/**
 * ThumbHash (https://evanw.github.io/thumbhash/): a blurred preview in some 25 bytes, drawn while a picture loads.
 *
 * Luminance, yellow-blue, red-green and alpha are sums of cosines; the weights stand in four bits each after the header.
 */

const SIDE = 16;
const KEPT = 2000;
const drawn = new Map();
const waiting = [];

/** Put the preview behind an element, in a moment when the page has nothing better to do. */
export function paint(element, base64) {
  if (drawn.has(base64)) {
    element.style.backgroundImage = drawn.get(base64);
    return;
  }
  waiting.push([element, base64]);
  if (waiting.length === 1) idle(work);
}

const idle = (action) => (window.requestIdleCallback ? requestIdleCallback(action) : setTimeout(action, 20));

function work(deadline) {
  const until = performance.now() + Math.min(8, deadline?.timeRemaining?.() ?? 8);
  do {
    const [element, base64] = waiting.pop(); // the newest first: what came before may be out of view
    if (!element.isConnected) continue;
    if (!drawn.has(base64)) {
      if (drawn.size >= KEPT) drawn.delete(drawn.keys().next().value);
      const found = preview(base64);
      drawn.set(base64, found ? `url(${found})` : "none");
    }
    element.style.backgroundImage = drawn.get(base64);
  } while (waiting.length && performance.now() < until);
  if (waiting.length) idle(work);
}

function preview(base64) {
  let bytes;
  try {
    bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
  return bytes.length < 5 ? null : draw(parse(bytes));
}

function parse(bytes) {
  const head = bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
  const tail = bytes[3] | (bytes[4] << 8);
  const transparent = Boolean(head >> 23);
  const landscape = Boolean(tail >> 15);
  const long = transparent ? 5 : 7;
  const columns = Math.max(3, landscape ? long : tail & 7);
  const rows = Math.max(3, landscape ? tail & 7 : long);
  let nibble = transparent ? 12 : 10;
  const weights = (nx, ny, scale) => {
    const found = [];
    for (let y = 0; y < ny; y++) {
      for (let x = y ? 0 : 1; x * ny < nx * (ny - y); x++) {
        const value = (bytes[nibble >> 1] >> ((nibble & 1) * 4)) & 15;
        nibble++;
        found.push({ x, y, weight: (value / 7.5 - 1) * scale });
      }
    }
    return found;
  };
  return {
    ratio: columns / rows,
    light: { mean: (head & 63) / 63, waves: weights(columns, rows, ((head >> 18) & 31) / 31) },
    yellow: { mean: ((head >> 6) & 63) / 31.5 - 1, waves: weights(3, 3, (((tail >> 3) & 63) / 63) * 1.25) },
    red: { mean: ((head >> 12) & 63) / 31.5 - 1, waves: weights(3, 3, (((tail >> 9) & 63) / 63) * 1.25) },
    alpha: transparent ? { mean: (bytes[5] & 15) / 15, waves: weights(5, 5, (bytes[5] >> 4) / 15) } : null,
  };
}

function draw(hash) {
  const width = Math.max(1, Math.round(hash.ratio > 1 ? SIDE : SIDE * hash.ratio));
  const height = Math.max(1, Math.round(hash.ratio > 1 ? SIDE / hash.ratio : SIDE));
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const wave = (count, size) => Array.from({ length: size }, (_, at) =>
    Array.from({ length: count }, (_, n) => Math.cos((Math.PI / size) * (at + 0.5) * n)));
  const across = wave(7, width);
  const down = wave(7, height);
  const value = (channel, x, y) => {
    let sum = channel.mean;
    for (const each of channel.waves) sum += each.weight * across[x][each.x] * down[y][each.y] * 2;
    return sum;
  };
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      const light = value(hash.light, x, y);
      const yellow = value(hash.yellow, x, y);
      const red = value(hash.red, x, y);
      const blue = light - (2 / 3) * yellow;
      const first = (3 * light - blue + red) / 2;
      image.data[at] = 255 * first;
      image.data[at + 1] = 255 * (first - red);
      image.data[at + 2] = 255 * blue;
      image.data[at + 3] = hash.alpha ? 255 * value(hash.alpha, x, y) : 255;
    }
  }
  context.putImageData(image, 0, 0);
  return canvas.toDataURL();
}
