// The shopper's photo as it is drawn: upright, in the bar and beside the shop's picture.

import { h } from './dom.js';
import { copyOf, photoCanvas } from './pictures.js';

/** Pixels of the longest side in the bar. */
const SMALL = 144;

export class OwnPhoto {
  /** @type {HTMLCanvasElement | null} */
  picture = null;
  /** @type {Blob | null} */
  #photo = null;
  /** @type {() => Promise<import('../twinlens.js').Matcher>} */
  #matcher;
  /** @type {() => void} */
  #changed;

  /** @param {() => Promise<import('../twinlens.js').Matcher>} matcher @param {() => void} changed told once the picture is there */
  constructor(matcher, changed) {
    this.#matcher = matcher;
    this.#changed = changed;
  }

  /** @param {Blob | null} photo */
  set(photo) {
    this.#photo = photo;
    this.picture = null;
    if (photo) void this.#read(photo);
  }

  /** For the bar; null where there is no photo. @param {import('./crop.js').Region | null} region */
  small(region) {
    if (this.picture) return copyOf(this.picture, SMALL, region);
    return this.#photo ? h('span') : null;
  }

  /** @param {Blob} photo */
  async #read(photo) {
    try {
      const picture = await photoCanvas(photo, this.#matcher);
      if (this.#photo !== photo) return;
      this.picture = picture;
      this.#changed();
    } catch {
      // Where it cannot be read there is nothing to show, and the answer says why.
    }
  }
}
