// Checks the arguments of every call before they are sent to the worker, so that the error's stack shows the caller.
// What needs an encoder or the catalogue (is the photo an image, has the title any text, is the GTIN's check digit right) is
// left to the Rust side.

import { isolated } from './callback.js';
import { TwinlensError, badArgument } from './error.js';

const DEVICES = ['auto', 'webgpu', 'cpu'];
const PHOTO_TYPES = 'a Blob, a Uint8Array or an ArrayBuffer';
const STAGES = ['all', 'first'];
const STORES = ['auto', 'none'];
const KINDS = ['photo', 'words', 'pictures', 'all'];
const QUERY_KEYS = ['photo', 'title', 'price', 'gtin', 'limit', 'filter', 'region'];
const REGION_KEYS = ['x', 'y', 'width', 'height'];
/** Pixels; what is read of a larger photo has hardly more. */
const MOST_PREVIEW = 2000;
/** A day: browsers' timers end at once beyond 2³¹ milliseconds. */
const MOST_TIMEOUT_MS = 86_400_000;
const FILTER_KEYS = ['category', 'minPrice', 'maxPrice', 'inStock'];

/** @typedef {{ category?: string, minPrice?: number, maxPrice?: number, inStock?: boolean }} Filter */
/** @typedef {{ x: number, y: number, width: number, height: number }} Region */
/** @typedef {{ photo?: Blob | Uint8Array, title?: string, price?: number, gtin?: string, limit?: number, filter?: Filter, region?: Region }} Query */
/** @typedef {(progress: import('../twinlens.js').Progress) => void} OnProgress */

/** @param {unknown} options */
export function loadArguments(options) {
  const given = record('options', options);
  const { device = 'auto', stage = 'all', store = 'auto', timeout, tries, workerUrl } = given;
  return {
    ...callArguments(given),
    stage: oneOf('stage', STAGES, stage),
    workerUrl: isGiven(workerUrl) ? url('workerUrl', workerUrl).href : undefined,
    request: {
      models: folder('models', given.models),
      catalogue: folder('catalogue', given.catalogue),
      device: oneOf('device', DEVICES, device),
      store: oneOf('store', STORES, store),
      everything: stage === 'all',
      timeout: isGiven(timeout) ? Math.min(wholeArgument('timeout', timeout, 1), MOST_TIMEOUT_MS) : undefined,
      tries: isGiven(tries) ? wholeArgument('tries', tries, 1) : undefined,
    },
  };
}

/**
 * What every call may be given beside what it is about.
 *
 * @param {unknown} [options]
 * @returns {{ signal?: AbortSignal, onProgress?: OnProgress }}
 */
export function callArguments(options = {}) {
  const { signal, onProgress } = record('options', options);
  if (isGiven(signal) && !(signal instanceof AbortSignal)) throw badArgument('signal', 'an AbortSignal', signal);
  if (isGiven(onProgress) && typeof onProgress !== 'function') throw badArgument('onProgress', 'a function', onProgress);
  // Once for all that a call does, so that what it throws is reported once.
  const listener = typeof onProgress === 'function' ? isolated(/** @type {OnProgress} */ (onProgress)) : undefined;
  return { signal: /** @type {any} */ (signal ?? undefined), onProgress: listener };
}

/** @param {unknown} kind @returns {any} */
export function kindArgument(kind) {
  return oneOf('kind', KINDS, kind);
}

/** @param {unknown} options */
export function pageArguments(options = {}) {
  const { limit, offset, filter } = record('options', options);
  return {
    filter: isGiven(filter) ? filterArgument(filter) : undefined,
    limit: isGiven(limit) ? wholeArgument('limit', limit, 1) : undefined,
    offset: isGiven(offset) ? wholeArgument('offset', offset, 0) : undefined,
  };
}

/** @param {string} name @param {unknown} value */
export function textArgument(name, value) {
  if (typeof value !== 'string') throw badArgument(name, 'a string', value);
  return value;
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
  if (isGiven(title)) checked.title = textArgument('title', title);
  if (isGiven(price)) checked.price = priceArgument('price', price);
  if (isGiven(gtin)) checked.gtin = gtinArgument(gtin);
  if (isGiven(limit)) checked.limit = wholeArgument('limit', limit, 1);
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

/**
 * Whether it lies in the photo is for the Rust side to say.
 *
 * @param {unknown} region
 * @returns {Region}
 */
function regionArgument(region) {
  const given = record('region', region, REGION_KEYS);
  for (const key of REGION_KEYS) {
    if (typeof given[key] !== 'number') throw badArgument(`region.${key}`, 'a number', given[key]);
  }
  return /** @type {Region} */ (given);
}

/** @param {string} name @param {unknown} value @param {number} least */
export function wholeArgument(name, value, least) {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
    throw badArgument(name, `a whole number from ${least}`, value);
  }
  return value;
}

/** @param {string} name @param {string[]} values @param {unknown} value */
function oneOf(name, values, value) {
  if (typeof value === 'string' && values.includes(value)) return value;
  const [last, ...others] = values.map((each) => `"${each}"`).reverse();
  throw badArgument(name, `${others.reverse().join(', ')} or ${last}`, value);
}

/**
 * An absolute URL that ends in a slash: the worker has another base URL than the page, and file names are resolved
 * against what it gets.
 *
 * @param {string} name
 * @param {unknown} value
 */
function folder(name, value) {
  const found = url(name, value);
  if (!found.pathname.endsWith('/')) found.pathname += '/';
  return found.href;
}

/** @param {string} name @param {unknown} value */
function url(name, value) {
  if (typeof value !== 'string' && !(value instanceof URL)) throw badArgument(name, 'a URL or a string with one', value);
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  if (!URL.canParse(value, base)) throw badArgument(name, 'a URL or a string with one', value);
  return new URL(value, base);
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
