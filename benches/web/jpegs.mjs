// Photos as large as phones take them, made in the page.

/** @typedef {import('playwright-core').Page} Page */

/**
 * Puts `jpeg(width, height)` on the page: a photo of the demo at that size, with the grain by which a camera's file is as large as
 * it is; and `tall(width, height)`: one row of units of such a photo, repeated, for sizes beyond what a canvas holds.
 *
 * @param {Page} page @param {string} photo the URL of a photo
 */
export function offerJpegs(page, photo) {
  return page.evaluate(async (photo) => {
    const original = await createImageBitmap(await (await fetch(photo)).blob());
    const grain = new OffscreenCanvas(256, 256);
    const noise = new ImageData(256, 256);
    // A linear congruential generator: the same file in every run.
    let state = 1;
    for (let at = 0; at < noise.data.length; at += 1) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      noise.data[at] = at % 4 === 3 ? 22 : state >>> 24;
    }
    grain.getContext('2d').putImageData(noise, 0, 0);

    const jpeg = async (/** @type {number} */ width, /** @type {number} */ height) => {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d');
      context.imageSmoothingQuality = 'high';
      context.drawImage(original, 0, 0, width, height);
      context.fillStyle = context.createPattern(grain, 'repeat');
      context.fillRect(0, 0, width, height);
      return new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 })).arrayBuffer());
    };

    const tall = async (/** @type {number} */ width, /** @type {number} */ height) => {
      const unit = 16;
      const strip = await jpeg(width, unit);
      const find = (/** @type {number} */ marker) => strip.findIndex((byte, at) => byte === 0xff && strip[at + 1] === marker);
      const [frame, scan] = [find(0xc0), find(0xda)];
      const header = scan + 2 + strip[scan + 2] * 256 + strip[scan + 3];
      const [units, rows] = [Math.ceil(width / unit), Math.ceil(height / unit)];
      const start = strip.slice(0, scan);
      start.set([height >> 8, height & 255], frame + 5);
      // With a restart marker before each, the rows are decoded alike.
      const parts = [start, [0xff, 0xdd, 0, 4, units >> 8, units & 255], strip.subarray(scan, header)];
      const data = strip.subarray(header, strip.length - 2);
      for (let row = 0; row < rows; row += 1) parts.push(row ? [0xff, 0xd0 + ((row - 1) % 8)] : [], data);
      parts.push([0xff, 0xd9]);
      return new Uint8Array(await new Blob(parts.map((part) => Uint8Array.from(part))).arrayBuffer());
    };
    Object.assign(globalThis, { jpeg, tall });
  }, photo);
}
