import { isolated } from './callback.js';
import { TwinlensError } from './error.js';

/**
 * @typedef {object} Pending
 * @property {(value: any) => void} resolve
 * @property {(error: TwinlensError) => void} reject
 * @property {((progress: import('../twinlens.js').Progress) => void) | undefined} onProgress
 */

/**
 * @typedef {object} Answer
 * @property {number | null} id of the request; null where the worker could not read one
 * @property {unknown} [value]
 * @property {{ code: string, message: string }} [error]
 * @property {object} [info] where it has changed
 * @property {import('../twinlens.js').Progress} [progress]
 */

/** Requests and answers across one worker, paired by number. Once ended it rejects every request with the same error. */
export class Connection {
  /** The worker's last `info()`. @type {any} */
  info = null;
  /** @type {Worker} */
  #worker;
  /** @type {Map<number, Pending>} */
  #pending = new Map();
  /** @type {TwinlensError | null} */
  #ended = null;
  #started = false;
  #lastId = 0;

  /** @param {import('./start-worker.js').StartedWorker} started */
  constructor({ worker, startError }) {
    this.#worker = worker;
    worker.onmessage = ({ data }) => this.#receive(data);
    // Chromium's Worker has no onmessageerror.
    worker.addEventListener('messageerror', () => this.#fail('an answer that cannot be read'));
    worker.onerror = (event) => {
      // The callers get the error; without this it would be reported on the page's window a second time.
      event.preventDefault();
      if (this.#started) this.#fail(event.message || 'an error without a message');
      else this.end(startError(event.message ?? ''));
    };
  }

  /**
   * @param {string} call
   * @param {unknown} argument
   * @param {Pending['onProgress']} [onProgress]
   * @returns {Promise<any>}
   */
  request(call, argument, onProgress) {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      const id = ++this.#lastId;
      this.#pending.set(id, { resolve, reject, onProgress: onProgress && isolated(onProgress) });
      try {
        this.#worker.postMessage({ id, call, argument });
      } catch (error) {
        // Arguments are plain data by now, but a photo can be larger than the memory there is for its copy.
        this.#pending.delete(id);
        const found = /** @type {Error} */ (error).message;
        reject(new TwinlensError('bad-argument', `${call}: expected what can be copied to a worker, found ${found}`));
      }
    });
  }

  /** Stops the worker; pending and later requests reject with `reason`. @param {TwinlensError} reason */
  end(reason) {
    if (this.#ended) return;
    this.#ended = reason;
    this.#worker.terminate();
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
  }

  /** @param {Answer} answer */
  #receive({ id, value, error, info, progress }) {
    this.#started = true;
    if (id === null) return this.#fail(error?.message ?? 'an answer to no request');
    const pending = this.#pending.get(id);
    if (!pending) return;
    if (progress) return pending.onProgress?.(progress);
    this.#pending.delete(id);
    if (info) this.info = info;
    if (error) pending.reject(new TwinlensError(error.code, error.message));
    else pending.resolve(value);
  }

  /** @param {string} found */
  #fail(found) {
    this.end(new TwinlensError('worker-failed', `worker: expected it to keep running, found ${found}`));
  }
}
