// A file that arrives piece by piece: from this device as far as it is there, and from the network, which may break off in
// the middle, fall silent, or be too busy to answer.

import { RequestFailed, continues, disconnected, elapsed, offline, pause, refused, validatorOf, within } from './retry.js';

/** Fewer bytes than these within the time limit count as none, or a server could hold a page for ever. */
const SIGN_OF_LIFE = 1024;
/** After so many bytes earlier failures are forgotten. */
const PROGRESS = 1 << 16;
/** Pieces of so many bytes in all are handed to the browser as one Blob, which it may keep on disk. */
const SPOOL = 1 << 20;

/**
 * @typedef {object} Part the first bytes of a file
 * @property {Blob} bytes
 * @property {string | null} validator of the representation that they are of
 *
 * @typedef {object} Source
 * @property {string} url
 * @property {number | undefined} bytes of the whole file, where they are known
 * @property {RequestCache} cache
 * @property {number} timeout milliseconds without a sign of life
 * @property {number} tries requests without progress before it fails
 * @property {AbortSignal} signal its reason is a RequestFailed
 * @property {{ at: number }} lastSign of life of any request of this page, as `performance.now()`
 * @property {() => boolean} isOffline whether nothing may be requested
 * @property {(from: 'network' | 'store') => (bytes: number) => void} log told of each source and the bytes of its pieces; 0 at the end
 */

export class Body {
  #source;
  /** @type {ReadableStreamDefaultReader<Uint8Array> | null} */
  #reader = null;
  /** Whether the reader's bytes are from this device. */
  #local = false;
  #storedShort = false;
  /** Whether the network was asked for any of it. */
  #asked = false;
  /** Ends the request that is under way. */
  #request = new AbortController();
  /** @type {(bytes: number) => void} */
  #log = () => {};
  #ended = false;
  /** Bytes that `next` has given. */
  #given = 0;
  /** Bytes to come that were given already. */
  #skip = 0;
  /** Whether the server has refused a range. */
  #whole = false;
  /** @type {string | null} */
  #validator = null;
  #failures = 0;
  #sinceFailure = 0;
  /** Milliseconds left for the next sign of life, and the bytes since the last. */
  #patience;
  #sinceSign = 0;
  /** The bytes so far; null where they are not to be kept. @type {Blob[] | null} */
  #parts;
  /** @type {Uint8Array[]} */
  #pieces = [];
  #pieceBytes = 0;

  /**
   * @param {Source} source
   * @param {boolean} keep whether `kept` gives the bytes at the end
   */
  constructor(source, keep) {
    this.#source = source;
    this.#patience = source.timeout;
    this.#parts = keep ? [] : null;
    source.signal.addEventListener('abort', () => this.#disconnect());
  }

  /** Takes what the store has first. @param {ReadableStream<Uint8Array>} stored */
  fromStore(stored) {
    this.#parts = null;
    this.#local = true;
    this.#log = this.#source.log('store');
    this.#reader = stored.getReader();
    return this;
  }

  /** Goes on where an earlier attempt ended. @param {Part} part */
  fromPart({ bytes, validator }) {
    this.#parts = [bytes];
    this.#validator = validator;
    this.#local = true;
    this.#reader = /** @type {ReadableStream<Uint8Array>} */ (bytes.stream()).getReader();
    return this;
  }

  /** Waits until the server answers. */
  async fromNetwork() {
    while (!this.#reader && !this.#ended) {
      this.#asked = true;
      await this.#attempt(() => this.#connect());
    }
    return this;
  }

  /** Whether it needs the network: what this device has of a file is read without. */
  get needsNetwork() {
    return this.#asked;
  }

  /** @returns {Promise<Uint8Array | undefined>} undefined at the end */
  async next() {
    for (;;) {
      await this.fromNetwork();
      if (this.#ended) return undefined;
      const piece = await this.#attempt(() => this.#read());
      if (piece?.length) return piece;
    }
  }

  cancel() {
    this.#ended = true;
    this.#disconnect();
  }

  /** Whether the store had the file, but not all of it: its entry is of no use. */
  get isStoredShort() {
    return this.#storedShort;
  }

  #localEndsEarly() {
    if (this.#parts) this.#parts = this.#parts.map((part) => part.slice(0, this.#given));
    else this.#storedShort = true;
  }

  /** What has come so far; null where it came from the store. @returns {Part | null} */
  kept() {
    this.#spool();
    return this.#parts && { bytes: new Blob(this.#parts), validator: this.#validator };
  }

  /**
   * Runs a step; where it fails, waits as long as is right, and gives undefined for it to be tried again.
   *
   * @template T
   * @param {() => Promise<T>} step
   * @returns {Promise<T | undefined>}
   */
  async #attempt(step) {
    const { signal, tries } = this.#source;
    signal.throwIfAborted();
    try {
      return await step();
    } catch (error) {
      const wasLocal = this.#local;
      this.#disconnect();
      signal.throwIfAborted();
      // What this device does not give, the network has: behind what was given of it, not behind all of it.
      if (wasLocal) {
        this.#localEndsEarly();
        return undefined;
      }
      const failure = disconnected(error);
      this.#failures += 1;
      this.#sinceFailure = 0;
      if (!failure.again || this.#failures >= tries) throw failure;
      await elapsed(pause(this.#failures, failure.wait), signal);
    }
  }

  #disconnect() {
    if (this.#reader) this.#log(0);
    this.#request.abort();
    this.#reader?.cancel().catch(() => {});
    this.#reader = null;
    this.#local = false;
  }

  async #connect() {
    const { bytes, cache, timeout, isOffline, log } = this.#source;
    if (isOffline() || globalThis.navigator?.onLine === false) throw offline();
    const start = this.#whole ? 0 : this.#given;
    let response = await this.#fetch(start, cache);
    // A cache may have kept this answer from before the file was there.
    if (response.status === 404 && cache === 'default') response = await this.#fetch(start, 'reload');
    // Where a range cannot be had, the file is asked for as a whole.
    this.#whole = response.status === 416 || (response.status === 206 && !continues(response, start, bytes));
    if (this.#whole) throw new RequestFailed('io', 'another range than was asked for', { again: true });
    if (!response.ok) throw refused(response);
    this.#skip = response.status === 206 ? 0 : this.#given;
    this.#validator = validatorOf(response);
    this.#patience = timeout;
    this.#log = log('network');
    if (response.body) this.#reader = response.body.getReader();
    else this.#ended = true;
  }

  /** @param {number} start @param {RequestCache} cache */
  #fetch(start, cache) {
    const { url, timeout, lastSign } = this.#source;
    this.#request = new AbortController();
    const { signal } = this.#request;
    const range = { Range: `bytes=${start}-`, ...this.#condition() };
    const answer = fetch(url, start ? { headers: range, cache: 'no-store', signal } : { cache, signal });
    // It may wait in the browser until another has ended: as long as bytes come, the server is there.
    return within(timeout, answer, () => lastSign.at);
  }

  /**
   * The server shall send the whole file where it is no longer the one that the bytes so far are of. Another origin would have
   * to allow the header first; there the hash alone tells.
   *
   * @returns {Record<string, string>}
   */
  #condition() {
    const own = new URL(this.#source.url).origin === globalThis.origin;
    return own && this.#validator ? { 'If-Range': this.#validator } : {};
  }

  /** @returns {Promise<Uint8Array | undefined>} undefined where there is nothing to give yet */
  async #read() {
    const { bytes } = this.#source;
    const reader = /** @type {ReadableStreamDefaultReader<Uint8Array>} */ (this.#reader);
    const started = performance.now();
    const { value, done } = await within(this.#patience, reader.read());
    if (!done) return this.#take(value, performance.now() - started);
    this.#log(0);
    this.#reader = null;
    if (bytes === undefined || this.#given >= bytes) this.#ended = true;
    else if (this.#local) this.#localEndsEarly();
    else throw new RequestFailed('io', `an end after ${this.#given} of ${bytes} bytes`, { again: true });
    this.#local = false;
    return undefined;
  }

  /** @param {Uint8Array} value @param {number} waited milliseconds */
  #take(value, waited) {
    this.#log(value.length);
    if (!this.#local) this.#source.lastSign.at = performance.now();
    this.#sinceSign += value.length;
    this.#patience -= waited;
    if (this.#sinceSign >= SIGN_OF_LIFE) {
      this.#sinceSign = 0;
      this.#patience = this.#source.timeout;
    }
    const skipped = Math.min(this.#skip, value.length);
    this.#skip -= skipped;
    const piece = value.subarray(skipped);
    this.#given += piece.length;
    if (!this.#local) this.#keep(piece);
    return piece;
  }

  /** @param {Uint8Array} piece */
  #keep(piece) {
    this.#sinceFailure += piece.length;
    if (this.#sinceFailure >= PROGRESS) this.#failures = 0;
    if (!this.#parts) return;
    this.#pieces.push(piece);
    this.#pieceBytes += piece.length;
    if (this.#pieceBytes >= SPOOL) this.#spool();
  }

  #spool() {
    if (this.#pieces.length) this.#parts?.push(new Blob(/** @type {BlobPart[]} */ (this.#pieces)));
    this.#pieces = [];
    this.#pieceBytes = 0;
  }
}
