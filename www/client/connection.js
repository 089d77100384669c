import { TwinlensError } from './error.js';

/**
 * @typedef {object} Pending
 * @property {(value: any) => void} resolve
 * @property {(error: TwinlensError) => void} reject
 * @property {((progress: import('../twinlens.js').Progress) => void) | undefined} onProgress
 */

/** Requests and answers across one worker, paired by number. Once ended it stays ended, and says why to every caller. */
export class Connection {
  /** The worker's last `info()`. @type {any} */
  info = null;
  /** @type {Worker} */
  #worker;
  /** @type {Map<number, Pending>} */
  #pending = new Map();
  /** @type {TwinlensError | null} */
  #ended = null;
  #lastId = 0;

  /** @param {Worker} worker */
  constructor(worker) {
    this.#worker = worker;
    worker.onmessage = ({ data }) => this.#receive(data);
    worker.onmessageerror = () => this.#fail('an answer that cannot be read');
    worker.onerror = (event) => {
      // The callers get the error; without this it would be reported on the page's window a second time.
      event.preventDefault();
      this.#fail(event.message || 'no worker script, or one of its imports missing');
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
      try {
        this.#worker.postMessage({ id, call, argument });
      } catch (error) {
        // Of all arguments only a filter can hold what structured clone refuses.
        return reject(new TwinlensError('bad-argument', `${call}: expected plain data, found ${/** @type {Error} */ (error).message}`));
      }
      this.#pending.set(id, { resolve, reject, onProgress });
    });
  }

  /** Stops the worker; whoever waits, and whoever asks later, gets `reason`. @param {TwinlensError} reason */
  end(reason) {
    if (this.#ended) return;
    this.#ended = reason;
    this.#worker.terminate();
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
  }

  /** @param {{ id: number, value?: unknown, error?: { code: string, message: string }, info?: object, progress?: any }} answer */
  #receive({ id, value, error, info, progress }) {
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
