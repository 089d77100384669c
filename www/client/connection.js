import { TwinlensError } from './error.js';

/** @typedef {import('./progress.js').StageProgress} Progress */

/**
 * @typedef {object} RequestOptions
 * @property {AbortSignal} [signal] rejects at once; a call that runs cannot be interrupted, one that waits is dropped
 * @property {(progress: Progress) => void} [onProgress]
 * @property {boolean} [now] past those that wait for their turn
 *
 * @typedef {object} Pending
 * @property {{ id: number, call: string, argument: unknown }} message
 * @property {(value: any) => void} resolve
 * @property {(error: unknown) => void} reject
 * @property {((progress: Progress) => void) | undefined} onProgress
 *
 * @typedef {object} Answer
 * @property {number | null} [id] of the request; null where the worker could not read one
 * @property {unknown} [value]
 * @property {{ code: string, message: string, retry?: boolean }} [error]
 * @property {object} [info] where it has changed
 * @property {Progress} [progress]
 * @property {{ number: number, request: import('../twinlens.js').RequestRecord }} [record] of a file that was requested
 */

/** Requests and answers across one worker, paired by number. Once ended it rejects every request with the same error. */
export class Connection {
  /** The worker's last `info()`. @type {any} */
  info = null;
  /** What the worker has requested. @type {import('../twinlens.js').RequestRecord[]} */
  records = [];
  /** @type {Worker} */
  #worker;
  /** @type {Map<number, Pending>} */
  #pending = new Map();
  /** Not sent yet, in their order: the worker runs one at a time, and here one can still be dropped. @type {Pending[]} */
  #waiting = [];
  /** The one of these that the worker has. */
  #running = 0;
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
   * @param {RequestOptions} [options]
   * @returns {Promise<any>}
   */
  request(call, argument, { signal, onProgress, now = false } = {}) {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      if (signal?.aborted) return reject(abortedBy(signal));
      const id = ++this.#lastId;
      const stop = () => this.#abandon(id, abortedBy(/** @type {AbortSignal} */ (signal)));
      signal?.addEventListener('abort', stop);
      const settle = (/** @type {(value: any) => void} */ settled) => (/** @type {unknown} */ value) => {
        signal?.removeEventListener('abort', stop);
        settled(value);
      };
      const message = { id, call, argument };
      const pending = { message, resolve: settle(resolve), reject: settle(reject), onProgress };
      this.#pending.set(id, pending);
      if (now) return this.#send(pending);
      this.#waiting.push(pending);
      this.#sendNext();
    });
  }

  /** Stops the worker; pending and later requests reject with `reason`. @param {TwinlensError} reason */
  end(reason) {
    if (this.#ended) return;
    this.#ended = reason;
    this.#worker.terminate();
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
    this.#waiting = [];
  }

  #sendNext() {
    while (!this.#running && this.#waiting.length) {
      const [next] = this.#waiting.splice(0, 1);
      this.#running = next.message.id;
      this.#send(next);
    }
  }

  /** @param {Pending} pending */
  #send({ message, reject }) {
    try {
      this.#worker.postMessage(message);
    } catch (error) {
      // Arguments are plain data by now, but a photo can be larger than the memory there is for its copy.
      this.#pending.delete(message.id);
      if (this.#running === message.id) this.#running = 0;
      const found = /** @type {Error} */ (error).message;
      reject(new TwinlensError('bad-argument', `${message.call}: expected what can be copied to a worker, found ${found}`));
    }
  }

  /** @param {number} id @param {TwinlensError} error */
  #abandon(id, error) {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    this.#waiting = this.#waiting.filter(({ message }) => message.id !== id);
    pending?.reject(error);
  }

  /** @param {Answer} answer */
  #receive({ id, value, error, info, progress, record }) {
    this.#started = true;
    if (record) {
      this.records[record.number] = record.request;
      return;
    }
    if (typeof id !== 'number') return this.#fail(error?.message ?? 'an answer to no request');
    const pending = this.#pending.get(id);
    if (progress) return pending?.onProgress?.(progress);
    if (info) this.info = info;
    this.#pending.delete(id);
    if (error) pending?.reject(new TwinlensError(error.code, error.message, { retry: error.retry }));
    else pending?.resolve(value);
    if (id !== this.#running) return;
    this.#running = 0;
    this.#sendNext();
  }

  /** @param {string} found */
  #fail(found) {
    this.end(new TwinlensError('worker-failed', `worker: expected it to keep running, found ${found}`));
  }
}

/** @param {AbortSignal} signal */
export function abortedBy(signal) {
  return new TwinlensError('aborted', 'call: expected an answer, found its signal aborted', { cause: signal.reason });
}
