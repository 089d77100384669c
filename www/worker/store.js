// Keeps files under a name that their content decides, so that a later visit loads nothing. No failure of it is an error: a
// browser may have no store, deny it in a private window, or have it full, and then files are held as Blobs until the page goes.

/** Keys of the Cache are URLs; no server can ever have this name (RFC 6761). */
const PLACE = 'https://twinlens.invalid/';
const NAME = 'twinlens';

/**
 * @typedef {object} Shelf one of the browser's stores
 * @property {(key: string) => Promise<ReadableStream<Uint8Array> | null | undefined>} get
 * @property {(key: string, file: Blob) => Promise<unknown>} put
 * @property {(key: string) => Promise<unknown>} drop
 * @property {() => Promise<string[]>} keys
 */

export class Store {
  /** @type {Promise<Shelf | null>} */
  #shelf;
  /** What the shelf does not take. @type {Map<string, Blob>} */
  #held = new Map();
  #used;

  /** @param {boolean} used false keeps nothing at all */
  constructor(used) {
    this.#used = used;
    this.#shelf = used ? firstThatOpens([openCache, openFiles]) : Promise.resolve(null);
  }

  /** Whether it keeps anything. */
  get used() {
    return this.#used;
  }

  /** @param {string} key @returns {Promise<ReadableStream<Uint8Array> | undefined>} */
  async get(key) {
    return this.#held.get(key)?.stream() ?? (await this.#ask((shelf) => shelf.get(key))) ?? undefined;
  }

  /** @param {string} key @returns {Promise<string | undefined>} */
  async text(key) {
    const stream = await this.get(key);
    return stream && new Response(stream).text().catch(() => undefined);
  }

  /** Writes `file` as a whole or not at all. @param {string} key @param {Blob} file */
  async put(key, file) {
    if (!this.#used) return;
    const shelf = await this.#shelf;
    try {
      if (!shelf) throw new Error('no store');
      await shelf.put(key, file);
      this.#held.delete(key);
    } catch {
      this.#held.set(key, file);
    }
  }

  /** @param {string} key */
  async drop(key) {
    this.#held.delete(key);
    await this.#ask((shelf) => shelf.drop(key));
  }

  /** The keys that begin with `start`. @param {string} [start] */
  async keys(start = '') {
    const stored = (await this.#ask((shelf) => shelf.keys())) ?? [];
    return [...new Set([...stored, ...this.#held.keys()])].filter((key) => key.startsWith(start));
  }

  /** @template T @param {(shelf: Shelf) => Promise<T>} question @returns {Promise<T | undefined>} */
  async #ask(question) {
    try {
      const shelf = await this.#shelf;
      return shelf ? await question(shelf) : undefined;
    } catch {
      return undefined;
    }
  }
}

/** @param {(() => Promise<Shelf>)[]} shelves @returns {Promise<Shelf | null>} */
async function firstThatOpens(shelves) {
  for (const open of shelves) {
    try {
      const shelf = await open();
      // Some browsers open a store in a private window and refuse every use of it.
      await shelf.get('none');
      return shelf;
    } catch {
      continue;
    }
  }
  return null;
}

/** @returns {Promise<Shelf>} */
async function openCache() {
  const cache = await caches.open(NAME);
  return {
    get: async (key) => (await cache.match(PLACE + key))?.body,
    put: (key, file) => cache.put(PLACE + key, new Response(file)),
    drop: (key) => cache.delete(PLACE + key),
    keys: async () => (await cache.keys()).filter(({ url }) => url.startsWith(PLACE)).map(({ url }) => url.slice(PLACE.length)),
  };
}

/** The origin's private file system. @returns {Promise<Shelf>} */
async function openFiles() {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(NAME, { create: true });
  // Names of files may not hold everything that a key may.
  const name = encodeURIComponent;
  return {
    async get(key) {
      try {
        return (await (await folder.getFileHandle(name(key))).getFile()).stream();
      } catch (error) {
        if (error instanceof DOMException && error.name === 'NotFoundError') return undefined;
        throw error;
      }
    },
    async put(key, file) {
      // What is written shows under its name once it is closed.
      const writable = await (await folder.getFileHandle(name(key), { create: true })).createWritable();
      await file.stream().pipeTo(writable);
    },
    drop: (key) => folder.removeEntry(name(key)),
    async keys() {
      const found = [];
      for await (const file of /** @type {any} */ (folder).keys()) found.push(decodeURIComponent(file));
      return found;
    },
  };
}
