// Checks the arguments of every call before they are sent to the worker, so that the error's stack shows the caller.
// What needs an encoder or the catalogue (is the photo an image, has the title any text, is the GTIN's check digit right) is
// left to the Rust side.

import { TwinlensError, badArgument } from './error.js';

const DEVICES = ['auto', 'webgpu', 'cpu'];
const PHOTO_TYPES = 'a Blob, a Uint8Array or an ArrayBuffer';
const QUERY_KEYS = ['photo', 'title', 'price', 'gtin', 'limit', 'filter', 'region'];
const REGION_KEYS = ['x', 'y', 'width', 'height'];
const STAGES = ['all', 'first'];
const PREPARED = ['photo', 'words', 'pictures', 'all'];
/** Pixels; what is read of a larger photo has hardly more. */
const MOST_PREVIEW = 2000;
const FILTER_KEYS = ['category', 'minPrice', 'maxPrice', 'inStock'];

/** @typedef {{ category?: string, minPrice?: number, maxPrice?: number, inStock?: boolean }} Filter */
/** @typedef {{ photo?: Blob | Uint8Array, title?: string, price?: number, gtin?: string, limit?: number, filter?: Filter, region?: Region }} Query */
/** @typedef {{ x: number, y: number, width: number, height: number }} Region */

/** @param {unknown} options */
export function loadArguments(options) {
  const { models, catalogue, device = 'auto', stage = 'all', onProgress } = record('options', options);
  if (typeof stage !== 'string' || !STAGES.includes(stage)) throw badArgument('stage', '"all" or "first"', stage);
  if (typeof device !== 'string' || !DEVICES.includes(device)) {
    throw badArgument('device', '"auto", "webgpu" or "cpu"', device);
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw badArgument('onProgress', 'a function', onProgress);
  }
  return { models: folder('models', models), catalogue: folder('catalogue', catalogue), device, stage, onProgress };
}

/**
 * @param {unknown} query
 * @returns {Query}
 */
export function matchArguments(query) {
  const { photo, title, price, gtin, limit, filter, region } = record('query', query, QUERY_KEYS);
  /** @type {Query} */
  const checked = {};
  if (isGiven(photo)) checked.photo = photoArgument(photo);
  if (isGiven(title)) checked.title = titleArgument(title);
  if (isGiven(price)) checked.price = priceArgument('price', price);
  if (isGiven(gtin)) checked.gtin = gtinArgument(gtin);
  if (isGiven(limit)) checked.limit = limitArgument(limit);
  if (isGiven(filter)) checked.filter = filterArgument(filter);
  if (isGiven(region)) checked.region = regionArgument(region);
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
  if (!(photo instanceof Uint8Array) && !(photo instanceof ArrayBuffer)) throw badArgument('photo', PHOTO_TYPES, photo);
  try {
    return new Uint8Array(photo instanceof Uint8Array ? photo : photo.slice(0));
  } catch (error) {
    // The buffer was transferred to a worker, say, and its bytes are there now.
    throw new TwinlensError('bad-argument', `photo: expected bytes that can be read, found ${/** @type {Error} */ (error).message}`);
  }
}

/**
 * @param {unknown} title
 * @returns {string}
 */
export function titleArgument(title) {
  if (typeof title !== 'string') throw badArgument('title', 'a string', title);
  return title;
}

/** @param {unknown} side */
export function sideArgument(side) {
  if (typeof side !== 'number' || !Number.isInteger(side) || side < 1 || side > MOST_PREVIEW) {
    throw badArgument('side', `a whole number from 1 to ${MOST_PREVIEW}`, side);
  }
  return side;
}

/**
 * @param {string} name
 * @param {unknown} price
 */
function priceArgument(name, price) {
  if (typeof price !== 'number' || !Number.isFinite(price) || price < 0) throw badArgument(name, 'a finite number from 0', price);
  return price;
}

/**
 * Only a string: a number drops leading zeros, and with them the length by which a GTIN is recognised.
 *
 * @param {unknown} gtin
 */
function gtinArgument(gtin) {
  if (typeof gtin !== 'string' || !/^([0-9]{8}|[0-9]{12,14})$/.test(gtin)) {
    throw badArgument('gtin', 'a string of 8, 12, 13 or 14 digits', gtin);
  }
  return gtin;
}

/**
 * @param {unknown} filter
 * @returns {Filter}
 */
function filterArgument(filter) {
  const { category, minPrice, maxPrice, inStock } = record('filter', filter, FILTER_KEYS);
  /** @type {Filter} */
  const checked = {};
  if (isGiven(category)) {
    if (typeof category !== 'string') throw badArgument('filter.category', 'a string', category);
    checked.category = category;
  }
  if (isGiven(minPrice)) checked.minPrice = priceArgument('filter.minPrice', minPrice);
  if (isGiven(maxPrice)) checked.maxPrice = priceArgument('filter.maxPrice', maxPrice);
  if (isGiven(inStock)) {
    if (typeof inStock !== 'boolean') throw badArgument('filter.inStock', 'true or false', inStock);
    checked.inStock = inStock;
  }
  return checked;
}

/** @param {unknown} what */
export function prepareArgument(what) {
  if (typeof what !== 'string' || !PREPARED.includes(what)) {
    throw badArgument('what', '"photo", "words", "pictures" or "all"', what);
  }
  return what;
}

/** @param {unknown} id @param {unknown} options */
export function similarArguments(id, options) {
  const { limit } = record('options', options, ['limit', 'signal']);
  return { id: textArgument('id', id), limit: isGiven(limit) ? limitArgument(limit) : undefined };
}

/** @param {unknown} category @param {unknown} options */
export function browseArguments(category, options) {
  const { limit, offset } = record('options', options, ['limit', 'offset', 'signal']);
  return {
    category: isGiven(category) ? textArgument('category', category) : undefined,
    limit: isGiven(limit) ? limitArgument(limit) : undefined,
    offset: isGiven(offset) ? countArgument('offset', offset) : undefined,
  };
}

/** @param {unknown} id @param {unknown} n */
export function pictureArguments(id, n) {
  return { id: textArgument('id', id), n: countArgument('n', n) };
}

/** @param {string} name @param {unknown} value */
function textArgument(name, value) {
  if (typeof value !== 'string') throw badArgument(name, 'a string', value);
  return value;
}

/** @param {string} name @param {unknown} value */
function countArgument(name, value) {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw badArgument(name, 'a whole number from 0', value);
  return value;
}

/** Whether it is within the photo is for the Rust side to say. @param {unknown} region @returns {Region} */
function regionArgument(region) {
  const { x, y, width, height } = record('region', region, REGION_KEYS);
  for (const [name, value] of Object.entries({ x, y, width, height })) {
    if (typeof value !== 'number') throw badArgument(`region.${name}`, 'a number from 0 to 1', value);
  }
  return /** @type {Region} */ ({ x, y, width, height });
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
 * @param {string[]} [keys] where no others may be given: a misspelt key would otherwise be ignored
 * @returns {Record<string, unknown>}
 */
function record(name, value, keys) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badArgument(name, 'an object', value);
  const unknown = keys && Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined) {
    throw new TwinlensError('bad-argument', `${name}: expected no keys but ${keys?.join(', ')}, found ${JSON.stringify(unknown)}`);
  }
  return /** @type {Record<string, unknown>} */ (value);
}

/** @param {unknown} value */
function isGiven(value) {
  return value !== undefined && value !== null;
}
