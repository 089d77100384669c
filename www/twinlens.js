// The public interface of the npm package: arguments are checked here, and all work is done in a worker.

import { browseArguments, loadArguments, matchArguments, pictureArguments, prepareArgument, similarArguments, photoArgument, sideArgument, titleArgument } from './client/arguments.js';
import { Connection } from './client/connection.js';
import { TwinlensError } from './client/error.js';
import { startWorker } from './client/start-worker.js';
import { requireWebAssembly } from './client/webassembly.js';

export { TwinlensError };

/** @typedef {import('./twinlens.js').Matcher} Declared */
/** @typedef {import('./twinlens.js').MatchResult} MatchResult */

/**
 * Finds a shopper's photo, title or both in one shop's catalogue. Made by `Matcher.load`.
 *
 * @implements {Declared}
 */
export class Matcher {
  /** @type {Connection} */
  #connection;

  /** @param {Connection} connection */
  constructor(connection) {
    if (!(connection instanceof Connection)) throw new TypeError('A Matcher is made by Matcher.load, not by new');
    this.#connection = connection;
  }

  /** @param {import('./twinlens.js').LoadOptions} options */
  static async load(options) {
    const { onProgress, ...request } = loadArguments(options);
    requireWebAssembly();
    const connection = new Connection(startWorker());
    try {
      await connection.request('load', request, /** @type {any} */ (onProgress));
    } catch (error) {
      connection.end(/** @type {TwinlensError} */ (error));
      throw error;
    }
    return new Matcher(connection);
  }

  /**
   * @param {import('./twinlens.js').Query} query
   * @returns {Promise<MatchResult>}
   */
  async match(query) {
    return this.#connection.request('match', matchArguments(query));
  }

  /**
   * @param {'photo' | 'words' | 'pictures' | 'all'} what
   * @param {{ onProgress?: (progress: import('./twinlens.js').Progress) => void }} [options]
   * @returns {Promise<void>}
   */
  async prepare(what, { onProgress } = {}) {
    return this.#connection.request('prepare', { what: prepareArgument(what) }, onProgress);
  }

  /**
   * @param {string} id
   * @param {{ limit?: number }} [options]
   * @returns {Promise<import('./twinlens.js').Listings>}
   */
  async similar(id, options = {}) {
    return this.#connection.request('similar', similarArguments(id, options));
  }

  /**
   * @param {string | null} category
   * @param {{ limit?: number, offset?: number }} [options]
   * @returns {Promise<import('./twinlens.js').Listings>}
   */
  async browse(category, options = {}) {
    return this.#connection.request('browse', browseArguments(category, options));
  }

  /**
   * @param {string} id
   * @param {number} [n]
   * @returns {Promise<Blob | null>}
   */
  async picture(id, n = 0) {
    return this.#connection.request('picture', pictureArguments(id, n));
  }

  /**
   * @param {Blob | Uint8Array | ArrayBuffer} photo
   * @returns {Promise<Float32Array>}
   */
  async embedPhoto(photo) {
    return this.#connection.request('embedPhoto', photoArgument(photo));
  }

  /**
   * @param {Blob | Uint8Array | ArrayBuffer} photo
   * @param {number} [side]
   * @returns {Promise<ImageData>}
   */
  async previewPhoto(photo, side = 320) {
    return this.#connection.request('previewPhoto', { photo: photoArgument(photo), side: sideArgument(side) });
  }

  /**
   * @param {string} title
   * @returns {Promise<Float32Array>}
   */
  async embedTitle(title) {
    return this.#connection.request('embedTitle', titleArgument(title));
  }

  /** @returns {import('./twinlens.js').Info} */
  info() {
    return structuredClone(this.#connection.info);
  }

  close() {
    this.#connection.end(new TwinlensError('closed', 'matcher: expected an open one, found it closed by close()'));
  }
}
