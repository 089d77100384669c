// The public interface of the npm package: arguments are checked here, and all work is done in a worker. What browsers load is
// www/twinlens.js, which `cargo xtask build-web` makes of this and of all that it imports.

import {
  callArguments, kindArgument, loadArguments, matchArguments, pageArguments, photoArgument, sideArgument, textArgument,
  wholeArgument,
} from './arguments.js';
import { Connection, abortedBy } from './connection.js';
import { TwinlensError } from './error.js';
import { keepFiles, keepPage } from './offline.js';
import { Preparations } from './preparations.js';
import { ofAllStages, ofStage } from './progress.js';
import { runtimeRecords } from './runtime-records.js';
import { startWorker } from './start-worker.js';
import { requireWebAssembly } from './webassembly.js';

export { TwinlensError, keepFiles, keepPage };

/** @typedef {import('../twinlens.js').Matcher} Declared */
/** @typedef {import('../twinlens.js').CallOptions} CallOptions */
/** @typedef {Blob | Uint8Array | ArrayBuffer} Photo */

/** What `prepare("all")` is made of. @type {import('./preparations.js').Kind[]} */
const EVERYTHING = ['photo', 'words', 'pictures'];

/** Where the browser does not know the symbol, what compilers put in its place. @type {typeof Symbol.dispose} */
const DISPOSE = Symbol.dispose ?? Symbol.for('Symbol.dispose');

/**
 * Finds a shopper's photo, title or both in one shop's catalogue. Made by `Matcher.load`.
 *
 * @implements {Declared}
 */
export class Matcher {
  /** @type {Connection} */
  #connection;
  #preparations;
  #offline = false;

  /** @param {Connection} connection */
  constructor(connection) {
    if (!(connection instanceof Connection)) throw new TypeError('A Matcher is made by Matcher.load, not by new');
    this.#connection = connection;
    this.#preparations = new Preparations(connection);
  }

  /** @param {import('../twinlens.js').LoadOptions} options */
  static async load(options) {
    const { request, stage, workerUrl, signal, onProgress } = loadArguments(options);
    const call = { signal, onProgress: onProgress && (stage === 'all' ? ofAllStages : ofStage)(onProgress) };
    requireWebAssembly();
    if (signal?.aborted) throw abortedBy(signal);
    const connection = new Connection(startWorker(workerUrl));
    try {
      await connection.request('load', request, call);
      const matcher = new Matcher(connection);
      if (stage === 'all') await matcher.prepare('all', call);
      return matcher;
    } catch (error) {
      connection.end(/** @type {TwinlensError} */ (error));
      throw error;
    }
  }

  /**
   * @param {import('../twinlens.js').Part | 'all'} kind
   * @param {import('../twinlens.js').PrepareOptions} [options]
   * @returns {Promise<void>}
   */
  async prepare(kind, options) {
    const checked = kindArgument(kind);
    const call = callArguments(options);
    const kinds = checked === 'all' ? EVERYTHING : [checked];
    await Promise.all(kinds.map((each) => this.#preparations.prepare(each, call)));
  }

  /**
   * @param {import('../twinlens.js').Query} query
   * @param {CallOptions} [options]
   * @returns {Promise<import('../twinlens.js').MatchResult>}
   */
  async match(query, options) {
    return this.#connection.request('match', matchArguments(query), callArguments(options));
  }

  /**
   * @param {string} id
   * @param {import('../twinlens.js').SimilarOptions} [options]
   * @returns {Promise<import('../twinlens.js').Listings>}
   */
  async similar(id, options) {
    const { limit = 10, filter = {} } = pageArguments(options);
    return this.#connection.request('similar', { id: textArgument('id', id), filter, limit }, callArguments(options));
  }

  /**
   * @param {string | null} [category]
   * @param {import('../twinlens.js').BrowseOptions} [options]
   * @returns {Promise<import('../twinlens.js').Listings>}
   */
  async browse(category, options) {
    const { limit = 10, offset = 0, filter = {} } = pageArguments(options);
    const of = category === undefined || category === null ? {} : { category: textArgument('category', category) };
    return this.#connection.request('browse', { filter: { ...filter, ...of }, limit, offset }, callArguments(options));
  }

  /**
   * @param {string} id
   * @param {number} [n]
   * @param {CallOptions} [options]
   * @returns {Promise<Blob | null>}
   */
  async picture(id, n = 0, options = undefined) {
    const argument = { id: textArgument('id', id), n: wholeArgument('n', n, 0) };
    const { signal } = callArguments(options);
    await this.prepare('pictures', { signal });
    return this.#connection.request('picture', argument, { signal });
  }

  /**
   * @param {Photo} photo
   * @param {CallOptions} [options]
   * @returns {Promise<Float32Array>}
   */
  async embedPhoto(photo, options) {
    return this.#connection.request('embedPhoto', photoArgument(photo), callArguments(options));
  }

  /**
   * @param {Photo} photo
   * @param {number} [side]
   * @param {CallOptions} [options]
   * @returns {Promise<ImageData>}
   */
  async previewPhoto(photo, side = 320, options = undefined) {
    const argument = { photo: photoArgument(photo), side: sideArgument(side) };
    return this.#connection.request('previewPhoto', argument, callArguments(options));
  }

  /**
   * @param {string} title
   * @param {CallOptions} [options]
   * @returns {Promise<Float32Array>}
   */
  async embedTitle(title, options) {
    return this.#connection.request('embedTitle', textArgument('title', title), callArguments(options));
  }

  /** @returns {import('../twinlens.js').RequestRecord[]} */
  requests() {
    return structuredClone([...runtimeRecords(import.meta.url), ...this.#connection.records]).sort((one, other) => one.at - other.at);
  }

  get offline() {
    return this.#offline;
  }

  set offline(value) {
    this.#offline = Boolean(value);
    // A matcher that was closed requests nothing in any case.
    this.#connection.request('offline', this.#offline, { now: true }).catch(() => {});
  }

  /** @returns {import('../twinlens.js').Info} */
  info() {
    return structuredClone(this.#connection.info);
  }

  close() {
    this.#connection.end(new TwinlensError('closed', 'matcher: expected an open one, found it closed by close()'));
  }

  [DISPOSE]() {
    this.close();
  }
}
