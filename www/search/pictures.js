// Pictures are drawn on canvases: a page's Content-Security-Policy may forbid images that have no address of its own.

import { h, icon } from './dom.js';

/** Most pictures that are kept decoded. */
const KEPT = 160;
/** A listing, or an offer that stands for one. @typedef {import('./reading.js').Hit & { pictured?: string }} Pictured */

/** Pixels of a photo's longest side, where it is shown large. */
const LARGEST = 1400;

export class Pictures {
  /** @type {() => Promise<import('../twinlens.js').Matcher>} */
  #matcher;
  /** @type {Map<string, Promise<ImageBitmap | null>>} */
  #bitmaps = new Map();
  /** Those that have arrived, so that a drawing that replaces another does not flicker. @type {Map<string, ImageBitmap>} */
  #ready = new Map();

  /** @param {() => Promise<import('../twinlens.js').Matcher>} matcher */
  constructor(matcher) {
    this.#matcher = matcher;
  }

  /**
   * A listing's picture: the one that is nearest to the photo, else its first.
   *
   * @param {Pictured} hit
   * @param {string} [label] for assistive technology, where the title does not stand beside it
   */
  of(hit, label) {
    const key = keyOf(hit);
    const canvas = h('canvas', label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': 'true' });
    const ready = this.#ready.get(key);
    if (ready) draw(canvas, ready);
    else {
      canvas.hidden = true;
      this.load(hit).then((bitmap) => {
        if (bitmap) draw(canvas, bitmap);
        else canvas.replaceWith(icon('picture', 'none'));
      });
    }
    return canvas;
  }

  /** Resolves when a listing's picture is there to be drawn; null where there is none. @param {Pictured} hit */
  load(hit) {
    const key = keyOf(hit);
    let loading = this.#bitmaps.get(key);
    if (!loading) {
      loading = this.#fetch(hit).then((bitmap) => {
        if (bitmap) this.#ready.set(key, bitmap);
        return bitmap;
      }, () => {
        // It is asked for again where it is shown again.
        this.#bitmaps.delete(key);
        return null;
      });
      this.#bitmaps.set(key, loading);
      this.#drop();
    }
    return loading;
  }

  /** @param {Pictured} hit */
  async #fetch(hit) {
    const matcher = await this.#matcher();
    const id = hit.pictured ?? hit.id;
    const blob = (await matcher.picture(id, hit.picture ?? 0)) ?? (hit.picture ? await matcher.picture(id) : null);
    return blob ? createImageBitmap(blob) : null;
  }

  #drop() {
    const [oldest] = this.#bitmaps.keys();
    if (this.#bitmaps.size <= KEPT) return;
    this.#bitmaps.delete(oldest);
    this.#ready.delete(oldest);
  }
}

/** @param {Pictured} hit */
function keyOf({ picture, pictured, id }) {
  return `${picture ?? 0} ${pictured ?? id}`;
}

/**
 * A shopper's photo on a canvas, upright. Formats that the browser does not decode come as the matcher reads them.
 *
 * @param {Blob} photo
 * @param {() => Promise<import('../twinlens.js').Matcher>} matcher
 * @returns {Promise<HTMLCanvasElement>}
 */
export async function photoCanvas(photo, matcher) {
  const canvas = h('canvas', { 'aria-hidden': 'true' });
  try {
    const bitmap = await createImageBitmap(photo);
    draw(canvas, bitmap, LARGEST);
    bitmap.close();
  } catch {
    const data = await (await matcher()).previewPhoto(photo, LARGEST);
    [canvas.width, canvas.height] = [data.width, data.height];
    canvas.getContext('2d')?.putImageData(data, 0, 0);
  }
  return canvas;
}

/** Another canvas with the same picture, no side longer than `side`. @param {HTMLCanvasElement} from @param {number} [side] @param {{ x: number, y: number, width: number, height: number } | null} [region] */
export function copyOf(from, side = LARGEST, region) {
  const { x, y, width, height } = region ?? { x: 0, y: 0, width: 1, height: 1 };
  const [w, hh] = [from.width * width, from.height * height];
  const scale = Math.min(1, side / Math.max(w, hh));
  const canvas = h('canvas', { 'aria-hidden': 'true', width: Math.max(1, Math.round(w * scale)), height: Math.max(1, Math.round(hh * scale)) });
  canvas.getContext('2d')?.drawImage(from, from.width * x, from.height * y, w, hh, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** @param {HTMLCanvasElement} canvas @param {ImageBitmap} bitmap @param {number} [side] */
function draw(canvas, bitmap, side = Infinity) {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext('2d');
  if (context) {
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  }
  canvas.hidden = false;
}
