// How the worker gets every file: from the store where it is, else from the network. The hash of what comes is checked
// by the WebAssembly side, and that of pictures in pictures.js; only what they accept is kept.

import { Body } from './body.js';
import { TwinlensError } from '../client/error.js';
import { Manifests } from './manifests.js';
import { aborted, disconnected, offline } from './retry.js';

/** Milliseconds without a sign of life, unless the caller says otherwise. */
const TIMEOUT_MS = 20_000;
/** Requests without progress before a file is given up, likewise. */
const TRIES = 4;
/** Where a manifest is kept, it is used if the server does not answer so soon. */
const MANIFEST_TIMEOUT_MS = 5000;

/** @typedef {'runtime' | 'catalogue' | 'table' | 'photo' | 'words' | 'pictures'} Kind */
/** @typedef {{ url: string, kind: Kind, bytes: number, from: 'network' | 'store', at: number }} Request */
/** @typedef {{ next(): Promise<Uint8Array | undefined>, accept(): void, cancel(): void }} HostBody */

/**
 * @typedef {object} Settings
 * @property {import('./store.js').Store} store
 * @property {(url: string) => Kind} kindOf
 * @property {(request: Request) => void} [onRequest] told of each as it begins, and again as it ends
 * @property {number} [timeout]
 * @property {number} [tries]
 */

export class Downloads {
  /** @type {Manifests} */
  manifests;
  #store;
  #kindOf;
  #onRequest;
  #timeout;
  #tries;
  #offline = false;
  #lastSign = { at: -Infinity };
  /** @type {Map<AbortController, { kind: Kind, body: Body }>} */
  #running = new Map();
  /** The first bytes of files that did not come as a whole, by hash. @type {Map<string, import('./body.js').Part>} */
  #parts = new Map();
  /** @type {Set<Promise<void>>} */
  #writes = new Set();
  /** Files that were asked for before they could be read, by URL. @type {Map<string, Promise<HostBody>>} */
  #anticipated = new Map();

  /** @param {Settings} settings */
  constructor({ store, kindOf, onRequest = () => {}, timeout = TIMEOUT_MS, tries = TRIES }) {
    this.#store = store;
    this.#kindOf = kindOf;
    this.#onRequest = onRequest;
    this.#timeout = timeout;
    this.#tries = tries;
    this.manifests = new Manifests(store);
  }

  /** Asks for a file, for the next who opens it. @param {string} url @param {number} [bytes] @param {string} [sha256] */
  anticipate(url, bytes, sha256) {
    const coming = this.open(url, bytes, sha256);
    // Who opens it is told of a failure.
    coming.catch(() => {});
    this.#anticipated.set(url, coming);
  }

  /**
   * @param {string} url
   * @param {number} [bytes] of the whole file
   * @param {string} [sha256] of its content; only manifests have none
   * @param {'default' | 'revalidate' | 'reload'} [mode]
   * @returns {Promise<HostBody>}
   */
  async open(url, bytes, sha256, mode = 'default') {
    const anticipated = this.#anticipated.get(url);
    this.#anticipated.delete(url);
    if (anticipated && mode !== 'reload') return anticipated;
    try {
      if (!sha256) return await this.#openManifest(url, mode === 'reload' ? 'reload' : 'no-cache');
      if (mode === 'reload') await this.#store.drop(sha256);
      return await this.#openFile(url, bytes, sha256, mode === 'reload');
    } catch (error) {
      throw failed(url, error);
    }
  }

  /** Whether nothing may be requested. @param {boolean} value */
  set offline(value) {
    this.#offline = value;
    if (!value) return;
    for (const [running, { body }] of this.#running) if (body.needsNetwork) running.abort(offline());
  }

  /** Ends what is under way of one kind. What has come of it is taken up by the next attempt. @param {Kind} kind */
  stop(kind) {
    for (const [running, its] of this.#running) if (its.kind === kind) running.abort(aborted());
  }

  /** Resolves once every accepted file is in the store, or was refused by it. */
  async written() {
    await Promise.all(this.#writes);
  }

  /** @param {string} url @param {number | undefined} bytes @param {string} sha256 @param {boolean} anew */
  async #openFile(url, bytes, sha256, anew) {
    const { running, body } = this.#start(url, { bytes, cache: anew ? 'reload' : 'default', keep: this.#store.used });
    const stored = anew ? undefined : await this.#store.get(sha256);
    const part = anew ? undefined : this.#parts.get(sha256);
    this.#parts.delete(sha256);
    try {
      if (stored) body.fromStore(stored);
      else if (part) body.fromPart(part);
      else await body.fromNetwork();
    } catch (error) {
      this.#running.delete(running);
      throw error;
    }
    return {
      next: async () => {
        try {
          const piece = await body.next();
          if (!piece) this.#running.delete(running);
          return piece;
        } catch (error) {
          this.#running.delete(running);
          const begun = body.kept();
          if (begun) this.#parts.set(sha256, begun);
          throw failed(url, error);
        }
      },
      accept: () => {
        const whole = body.kept();
        if (whole) this.#write(sha256, whole.bytes);
        // The next visit fetches and keeps it whole.
        else if (body.isStoredShort) this.#discard(sha256);
      },
      cancel: () => {
        this.#running.delete(running);
        body.cancel();
      },
    };
  }

  /** @param {string} url @param {RequestCache} cache @returns {Promise<HostBody>} */
  async #openManifest(url, cache) {
    const kept = await this.manifests.kept(url);
    let text = kept;
    try {
      text = await this.#text(url, cache, kept !== undefined);
    } catch (error) {
      const failure = disconnected(error);
      if (kept === undefined || !failure.retry || failure.code === 'aborted') throw failure;
    }
    const whole = new TextEncoder().encode(text);
    let piece = /** @type {Uint8Array | undefined} */ (whole);
    return {
      async next() {
        const given = piece;
        piece = undefined;
        return given;
      },
      accept: () => this.manifests.accept(url, String(text)),
      cancel() {},
    };
  }

  /** @param {string} url @param {RequestCache} cache @param {boolean} hasOther whether there is something to fall back to */
  async #text(url, cache, hasOther) {
    const short = hasOther ? { timeout: Math.min(this.#timeout, MANIFEST_TIMEOUT_MS), tries: 1 } : {};
    const { running, body } = this.#start(url, { cache, keep: true, ...short });
    try {
      while (await body.next());
      return await (body.kept()?.bytes ?? new Blob()).text();
    } finally {
      this.#running.delete(running);
    }
  }

  /**
   * A file's body, and what ends it; it counts as running until it is taken out of `#running`.
   *
   * @param {string} url
   * @param {{ bytes?: number, cache: RequestCache, keep: boolean, timeout?: number, tries?: number }} options
   */
  #start(url, { bytes, cache, keep, timeout = this.#timeout, tries = this.#tries }) {
    const log = (/** @type {'network' | 'store'} */ from) => {
      const request = { url, kind: this.#kindOf(url), bytes: 0, from, at: Date.now() };
      this.#onRequest(request);
      return (/** @type {number} */ arrived) => {
        request.bytes += arrived;
        if (arrived === 0) this.#onRequest(request);
      };
    };
    const shared = { lastSign: this.#lastSign, isOffline: () => this.#offline };
    const running = new AbortController();
    const body = new Body({ url, bytes, cache, timeout, tries, signal: running.signal, log, ...shared }, keep);
    this.#running.set(running, { kind: this.#kindOf(url), body });
    return { running, body };
  }

  /** @param {string} sha256 @param {Blob} file */
  #write(sha256, file) {
    this.#follow(this.#store.put(sha256, file));
  }

  /** @param {string} sha256 */
  #discard(sha256) {
    this.#follow(this.#store.drop(sha256));
  }

  /** What `written` waits for. @param {Promise<void>} change */
  #follow(change) {
    const writing = change.finally(() => this.#writes.delete(writing));
    this.#writes.add(writing);
  }
}

/** What a caller is told. @param {string} url @param {unknown} error */
function failed(url, error) {
  const { code, message, retry } = disconnected(error);
  return new TwinlensError(code, `file: expected its bytes, found ${message} in ${url}`, { retry });
}
