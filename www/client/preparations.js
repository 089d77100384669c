import { abortedBy } from './connection.js';
import { ofStage } from './progress.js';

/** @typedef {'photo' | 'words' | 'pictures'} Kind */
/** @typedef {{ signal?: AbortSignal, onProgress?: (progress: import('../twinlens.js').Progress) => void }} Options */

/**
 * @typedef {object} Preparation
 * @property {Promise<void>} done
 * @property {Set<object>} callers who still wait for it
 * @property {Set<(progress: import('../twinlens.js').Progress) => void>} listeners
 */

/** Downloads that several callers can wait for: each kind happens once, and ends when the last of its callers has gone. */
export class Preparations {
  #connection;
  /** @type {Map<Kind, Preparation>} */
  #running = new Map();

  /** @param {import('./connection.js').Connection} connection */
  constructor(connection) {
    this.#connection = connection;
  }

  /** @param {Kind} kind @param {Options} [options] @returns {Promise<void>} */
  prepare(kind, { signal, onProgress } = {}) {
    if (signal?.aborted) return Promise.reject(abortedBy(signal));
    const preparation = this.#running.get(kind) ?? this.#start(kind);
    const caller = {};
    preparation.callers.add(caller);
    const listener = onProgress && ofStage(onProgress);
    if (listener) preparation.listeners.add(listener);
    if (!signal) return preparation.done;
    return new Promise((resolve, reject) => {
      const stop = () => {
        preparation.callers.delete(caller);
        if (listener) preparation.listeners.delete(listener);
        if (preparation.callers.size === 0) this.#stop(kind, preparation);
        reject(abortedBy(signal));
      };
      signal.addEventListener('abort', stop);
      preparation.done.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    });
  }

  /** @param {Kind} kind @returns {Preparation} */
  #start(kind) {
    /** @type {Preparation['listeners']} */
    const listeners = new Set();
    const onProgress = (/** @type {import('../twinlens.js').Progress} */ progress) => {
      for (const listener of listeners) listener(progress);
    };
    const done = this.#connection.request('prepare', kind, { onProgress, now: true });
    const preparation = { done, callers: new Set(), listeners };
    this.#running.set(kind, preparation);
    // Once it is there, the worker says so at once; a failure is to be tried again.
    const end = () => this.#end(kind, preparation);
    done.then(end, end);
    return preparation;
  }

  /** @param {Kind} kind @param {Preparation} preparation */
  #stop(kind, preparation) {
    this.#end(kind, preparation);
    // It may be over meanwhile, or the matcher closed.
    this.#connection.request('stop', kind, { now: true }).catch(() => {});
  }

  /** @param {Kind} kind @param {Preparation} preparation */
  #end(kind, preparation) {
    if (this.#running.get(kind) === preparation) this.#running.delete(kind);
  }
}
