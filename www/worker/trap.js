// The WebAssembly side can stop in the middle, by a panic or a trap; its memory may be inconsistent from then on.

/** @typedef {{ code: string, message: string, retry?: boolean }} Failure */

/** Set once. @type {Failure | undefined} */
let fault;
/** Of what runs now. @type {Set<(failure: Failure) => void>} */
const running = new Set();

// A panic inside an async Rust function surfaces as an uncaught error of a microtask and leaves the function's promise
// pending for ever, so what waits for it is rejected from here.
self.addEventListener('error', (event) => {
  event.preventDefault();
  rejectAll(recordFault(event.error ?? event.message));
});
self.addEventListener('unhandledrejection', (event) => {
  if (!isTrap(event.reason)) return;
  event.preventDefault();
  rejectAll(recordFault(event.reason));
});

/**
 * What `work` settles with, or a rejection if a trap leaves it pending.
 *
 * @template T
 * @param {Promise<T>} work
 * @returns {Promise<T>}
 */
export function settledOrTrapped(work) {
  return new Promise((resolve, reject) => {
    running.add(reject);
    work.then(resolve, reject).finally(() => running.delete(reject));
  });
}

export function throwFault() {
  if (fault) throw fault;
}

/**
 * Whether the WebAssembly side stopped in the middle. Where WebAssembly is missing nothing of it can have run.
 *
 * @param {unknown} error
 */
export function isTrap(error) {
  return typeof WebAssembly === 'object' && error instanceof WebAssembly.RuntimeError;
}

/**
 * @param {unknown} error
 * @returns {Failure}
 */
export function recordFault(error) {
  fault ??= { code: 'internal', message: `engine: expected it to finish, found a fault that it cannot continue after: ${text(error)}` };
  return fault;
}

/** @param {unknown} error */
export function text(error) {
  return error instanceof Error || error instanceof DOMException ? `${error.name}: ${error.message}` : String(error);
}

/** @param {Failure} failure */
function rejectAll(failure) {
  for (const reject of running) reject(failure);
}
