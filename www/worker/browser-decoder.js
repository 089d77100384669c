import * as core from '../pkg/twinlens_core.js';

/** More than a file needs to say what it is. */
const START = 64;

/** @type {Record<string, string>} */
const TYPES = { AVIF: 'image/avif', HEIC: 'image/heic', 'JPEG XL': 'image/jxl', GIF: 'image/gif', BMP: 'image/bmp' };

/**
 * The photo for the WebAssembly side: the file as it is, or, of a format that only browsers read, what this one decodes of it.
 * A file that it does not decode is refused there, by the name of its format.
 *
 * @param {Uint8Array} file
 * @returns {Promise<core.WebPhoto>}
 */
export async function photoOf(file) {
  const format = core.onlyBrowsersRead(file.subarray(0, START));
  const bitmap = format && (await decoded(file, TYPES[format]));
  if (!format || !bitmap) return core.WebPhoto.file(file);
  try {
    const { width, rgba } = pixels(bitmap);
    return core.WebPhoto.ofBrowser(format, width, rgba);
  } finally {
    bitmap.close();
  }
}

/** @param {Uint8Array} file @param {string} type */
async function decoded(file, type) {
  // Where there is no canvas in a worker, its pixels could not be read.
  if (typeof OffscreenCanvas !== 'function') return null;
  try {
    const blob = new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (file)], { type });
    return await createImageBitmap(blob, { imageOrientation: 'from-image', colorSpaceConversion: 'default' });
  } catch {
    return null;
  }
}

/** In sRGB, which a canvas has unless it is told otherwise, over white, and reduced as other photos are. @param {ImageBitmap} bitmap */
function pixels(bitmap) {
  const by = core.divisor(bitmap.width, bitmap.height);
  const [width, height] = [Math.ceil(bitmap.width / by), Math.ceil(bitmap.height / by)];
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw { code: 'internal', message: 'photo: expected a canvas for its pixels, found none' };
  context.fillStyle = 'white';
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  return { width, rgba: new Uint8Array(data.buffer) };
}
