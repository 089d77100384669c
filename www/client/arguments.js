// Checks what a caller hands in before it leaves for the worker, so that a mistake is named where it was made.
// What needs the encoders to predictor (is it an image, has the title any text) is left to the Rust side.

import { badArgument } from './error.js';

const DEVICES = ['auto', 'webgpu', 'cpu'];
const PHOTO_TYPES = 'a Blob, a Uint8Array or an ArrayBuffer';

/** @param {unknown} options */
export function loadArguments(options) {
  const { models, catalogue, device = 'auto', onProgress } = record('options', options);
  if (typeof device !== 'string' || !DEVICES.includes(device)) {
    throw badArgument('device', '"auto", "webgpu" or "cpu"', device);
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw badArgument('onProgress', 'a function', onProgress);
  }
  return { models: folder('models', models), catalogue: folder('catalogue', catalogue), device, onProgress };
}

/** @param {unknown} query */
export function matchArguments(query) {
  const { photo, title, limit, filter } = record('query', query);
  /** @type {{ photo?: Blob | Uint8Array, title?: string, limit?: number, filter?: object }} */
  const checked = {};
  if (isGiven(photo)) checked.photo = photoArgument(photo);
  if (isGiven(title)) checked.title = titleArgument(title);
  if (isGiven(limit)) checked.limit = limitArgument(limit);
  if (isGiven(filter)) checked.filter = record('filter', filter);
  return checked;
}

/**
 * The photo as something a worker can be sent: a Blob as it is, bytes as a copy, so that the caller keeps its own.
 *
 * @param {unknown} photo
 * @returns {Blob | Uint8Array}
 */
export function photoArgument(photo) {
  if (photo instanceof Blob) return photo;
  if (photo instanceof Uint8Array) return new Uint8Array(photo);
  if (photo instanceof ArrayBuffer) return new Uint8Array(photo.slice(0));
  throw badArgument('photo', PHOTO_TYPES, photo);
}

/**
 * @param {unknown} title
 * @returns {string}
 */
export function titleArgument(title) {
  if (typeof title !== 'string') throw badArgument('title', 'a string', title);
  return title;
}

/** @param {unknown} limit */
function limitArgument(limit) {
  if (typeof limit !== 'number' || !Number.isSafeInteger(limit) || limit < 1) {
    throw badArgument('limit', 'a whole number from 1', limit);
  }
  return limit;
}

/**
 * An absolute URL that ends in a slash: the worker has another base URL than the page, and file names are resolved
 * against what it gets.
 *
 * @param {string} name
 * @param {unknown} value
 */
function folder(name, value) {
  if (typeof value !== 'string' && !(value instanceof URL)) throw badArgument(name, 'a URL or a string with one', value);
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  if (!URL.canParse(value, base)) throw badArgument(name, 'a URL or a string with one', value);
  const url = new URL(value, base);
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url.href;
}

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {Record<string, unknown>}
 */
function record(name, value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badArgument(name, 'an object', value);
  return /** @type {Record<string, unknown>} */ (value);
}

/** @param {unknown} value */
function isGiven(value) {
  return value !== undefined && value !== null;
}
