// When a request that failed is made again, and what callers are told when it is not.

import { TwinlensError } from '../client/error.js';

/** The server is there but cannot answer now (RFC 9110, RFC 6585). */
const BUSY = [408, 425, 429, 500, 502, 503, 504];
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;
/** A server that asks for a longer pause is tried again after this. */
const LONGEST_RETRY_AFTER_MS = 30_000;

/** A request that failed. `again`: whether it may be made once more without asking anyone. */
export class RequestFailed extends TwinlensError {
  /**
   * @param {'io' | 'timeout' | 'offline' | 'aborted'} code
   * @param {string} message
   * @param {{ again?: boolean, retry?: boolean, wait?: number }} [options] `wait` in milliseconds, where the server says
   */
  constructor(code, message, { again = false, retry = true, wait } = {}) {
    super(code, message, { retry });
    this.again = again;
    this.wait = wait;
  }
}

/** @param {Response} response whose status is no success */
export function refused(response) {
  const { status } = response;
  const busy = BUSY.includes(status);
  return new RequestFailed('io', `HTTP status ${status}`, { again: busy, retry: busy, wait: retryAfter(response) });
}

/** What `fetch` or a reader threw. @param {unknown} error */
export function disconnected(error) {
  if (error instanceof RequestFailed) return error;
  if (globalThis.navigator?.onLine === false) return offline();
  return new RequestFailed('io', error instanceof Error ? error.message : String(error), { again: true });
}

export function offline() {
  return new RequestFailed('offline', 'no network, and no copy of the file on this device');
}

export function aborted() {
  return new RequestFailed('aborted', 'a call to stop');
}

/**
 * Milliseconds before attempt number `failures` + 1. Half of it is random: the pages that a server has turned away at once
 * do not come back at once.
 *
 * @param {number} failures
 * @param {number | undefined} asked by the server
 */
export function pause(failures, asked) {
  if (asked !== undefined) return Math.min(asked, LONGEST_RETRY_AFTER_MS);
  const longest = Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), LONGEST_WAIT_MS);
  return longest * (0.5 + Math.random() / 2);
}

/**
 * What `promise` settles with, or a failure where it takes too long.
 *
 * @template T
 * @param {number} ms
 * @param {Promise<T>} promise
 * @param {() => number} [lastSign] when something else gave a sign of life: the time counts from there
 * @returns {Promise<T>}
 */
export function within(ms, promise, lastSign = () => -Infinity) {
  return new Promise((resolve, reject) => {
    // Where work has kept this thread busy meanwhile, what has arrived is dealt with after the timer.
    let grace = ms / 10;
    const expire = () => {
      const left = Math.max(lastSign() + ms - performance.now(), grace);
      grace = 0;
      if (left > 0) timer = setTimeout(expire, left);
      else reject(new RequestFailed('timeout', 'no bytes for longer than the time limit', { again: true }));
    };
    let timer = setTimeout(expire, ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** @param {number} ms @param {AbortSignal} signal @returns {Promise<void>} */
export function elapsed(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}

/**
 * Whether a partial answer holds what follows the first `start` bytes. From another origin its range may not be readable, but
 * its length is.
 *
 * @param {Response} response
 * @param {number} start
 * @param {number | undefined} bytes of the whole file
 */
export function continues({ headers }, start, bytes) {
  const range = headers.get('content-range');
  if (range === null) return bytes === undefined || headers.get('content-length') === String(bytes - start);
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range) ?? [];
  return from === String(start) && (bytes === undefined || total === '*' || total === String(bytes));
}

/** What `If-Range` takes: a strong tag of the bytes themselves, not of a compressed form of them. @param {Response} response */
export function validatorOf({ headers }) {
  const tag = headers.get('etag');
  return tag && !tag.startsWith('W/') && !headers.get('content-encoding') ? tag : null;
}

/** `Retry-After` is a number of seconds or a date. @param {Response} response */
function retryAfter({ headers }) {
  const value = headers.get('retry-after');
  if (!value) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(ms, 0);
}
