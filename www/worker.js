// Runs the WebAssembly side. One request at a time: the engine's buffers are laid out once and hold one run.

import init, { WebMatcher } from './pkg/twinlens_core.js';

/** @typedef {{ code: string, message: string }} Failure */

/** @type {WebMatcher | undefined} */
let matcher;
/** It never shrinks: its size is the most that was needed so far. @type {WebAssembly.Memory | undefined} */
let memory;
/** Set once, by a panic or trap: the WebAssembly memory may be half-written from then on. @type {Failure | undefined} */
let broken;
/** Rejects the request that runs now. @type {(failure: Failure) => void} */
let interrupt = () => {};

// A panic inside an async Rust function surfaces as an uncaught error of a microtask and leaves the function's promise
// pending for ever, so whoever waits for that promise has to hear of it from here.
self.addEventListener('error', (event) => {
  event.preventDefault();
  interrupt(trapped(event.error ?? event.message));
});
self.addEventListener('unhandledrejection', (event) => {
  if (!(event.reason instanceof WebAssembly.RuntimeError)) return;
  event.preventDefault();
  interrupt(trapped(event.reason));
});

/** @type {Record<string, (argument: any, id: number) => Promise<unknown>>} */
const calls = {
  async load(options, id) {
    await start();
    const tuned = await remembered();
    matcher = await WebMatcher.load({ ...options, tuned }, (stage, loaded, total) => {
      self.postMessage({ id, progress: { stage, loaded, total } });
    });
    const found = matcher.tuned();
    if (found && found !== tuned) await remember(found);
  },
  async match(query) {
    if (query.photo) query.photo = await bytes(query.photo);
    const result = await loaded().match(query);
    for (const hit of result.hits) {
      hit.thumbnail = hit.thumbnail ? new Blob([hit.thumbnail], { type: 'image/webp' }) : null;
    }
    return result;
  },
  async embedPhoto(photo) {
    return loaded().embedPhoto(await bytes(photo));
  },
  async embedTitle(title) {
    return loaded().embedTitle(title);
  },
};

// Which kernels won on this adapter. In the Cache, the only store that a worker has without a schema; where it is missing or
// full, the next visit finds out again.
const TUNED = new URL('./pkg/tuned.json', import.meta.url).href;

/** @returns {Promise<string | undefined>} */
async function remembered() {
  try {
    return await (await (await caches.open('twinlens')).match(TUNED))?.text();
  } catch {
    return undefined;
  }
}

/** @param {string} tuned */
async function remember(tuned) {
  try {
    await (await caches.open('twinlens')).put(TUNED, new Response(tuned));
  } catch {
    // Nothing is lost but a few milliseconds next time.
  }
}

let queue = Promise.resolve();
self.onmessage = ({ data }) => {
  queue = queue.then(() => answer(data));
};

/** @param {{ id: number, call: string, argument: unknown }} request */
async function answer({ id, call, argument }) {
  try {
    if (broken) throw broken;
    const value = await untilTrap(calls[call](argument, id));
    self.postMessage({ id, value, info: news() });
  } catch (error) {
    // A run that failed can have changed the device, so info goes along here as well.
    self.postMessage({ id, error: failure(error), info: news() });
  }
}

/**
 * @template T
 * @param {Promise<T>} work
 * @returns {Promise<T>}
 */
function untilTrap(work) {
  return new Promise((resolve, reject) => {
    interrupt = reject;
    work.then(resolve, reject);
  });
}

async function start() {
  try {
    ({ memory } = await init({ module_or_path: new URL('./pkg/twinlens_core_bg.wasm', import.meta.url) }));
  } catch (error) {
    throw { code: 'worker-failed', message: `worker: expected its WebAssembly to start, found ${text(error)}` };
  }
}

function loaded() {
  if (!matcher) throw { code: 'internal', message: 'worker: expected load first, found another request' };
  return matcher;
}

// What `info()` was like when the page was last told.
let told = '';

/** `info()` where it has changed: to make it and hand it over with every answer would delay them all. */
function news() {
  try {
    if (broken || !matcher) return undefined;
    const bytes = memory?.buffer.byteLength;
    const state = `${bytes} ${matcher.reason()}`;
    if (state === told) return undefined;
    told = state;
    return { ...matcher.info(), memory: bytes };
  } catch (error) {
    trapped(error);
  }
}

/**
 * @param {Blob | Uint8Array} photo
 * @returns {Promise<Uint8Array>}
 */
async function bytes(photo) {
  if (photo instanceof Uint8Array) return photo;
  try {
    return new Uint8Array(await photo.arrayBuffer());
  } catch (error) {
    // A file that was changed or removed after it had been chosen.
    throw { code: 'io', message: `photo: expected a readable file, found ${text(error)}` };
  }
}

/**
 * Rust's errors carry a string `code`. Browser exceptions have a number or none, and none is expected here.
 *
 * @param {any} error
 * @returns {Failure}
 */
function failure(error) {
  if (error instanceof WebAssembly.RuntimeError) return trapped(error);
  if (typeof error?.code === 'string') return { code: error.code, message: error.message };
  return { code: 'internal', message: `engine: expected an error with a code, found ${text(error)}` };
}

/**
 * @param {unknown} error
 * @returns {Failure}
 */
function trapped(error) {
  broken ??= { code: 'internal', message: `engine: expected it to finish, found a fault it cannot go on from: ${text(error)}` };
  return broken;
}

/** @param {unknown} error */
function text(error) {
  return error instanceof Error || error instanceof DOMException ? `${error.name}: ${error.message}` : String(error);
}
