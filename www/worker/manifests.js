// Manifests of catalogues: the newest that the network has, or the last with which a matcher was loaded on this device.

const KEY = 'manifest ';

export class Manifests {
  #store;
  /** Accepted, but what they name may still be on its way. @type {Map<string, string>} */
  #accepted = new Map();

  /** @param {import('./store.js').Store} store */
  constructor(store) {
    this.#store = store;
  }

  /** @param {string} url @returns {Promise<string | undefined>} */
  kept(url) {
    return this.#store.text(KEY + url);
  }

  /** @param {string} url @param {string} text */
  accept(url, text) {
    this.#accepted.set(url, text);
  }

  /** What was accepted, as data. @param {string} url @returns {any} */
  accepted(url) {
    const text = this.#accepted.get(url);
    return text && JSON.parse(text);
  }

  /** Keeps what was accepted, and drops files that only older manifests name. */
  async settle() {
    for (const [url, text] of this.#accepted) {
      const old = await this.kept(url);
      if (old === text) continue;
      await this.#store.put(KEY + url, new Blob([text]));
      if (old) await this.#dropUnless(hashes(old));
    }
  }

  /** @param {string[]} candidates */
  async #dropUnless(candidates) {
    const keys = await this.#store.keys(KEY);
    const texts = await Promise.all(keys.map((key) => this.#store.text(key)));
    const named = new Set(texts.flatMap((text) => hashes(text ?? '')));
    await Promise.all(candidates.filter((hash) => !named.has(hash)).map((hash) => this.#store.drop(hash)));
  }
}

/** All SHA-256 hashes in a manifest, whatever they are of. @param {string} text */
function hashes(text) {
  return text.match(/\b[0-9a-f]{64}\b/g) ?? [];
}
