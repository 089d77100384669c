// Runs the WebAssembly side, one request at a time: the engine's buffers are allocated once and hold one run.

import { photoOf } from './client/browser-decoder.js';
import { host, pictureFile } from './client/download.js';
import { requireCompilation, requireWebAssembly } from './client/webassembly.js';
import init, { WebMatcher } from './pkg/twinlens_core.js';

/** @typedef {{ code: string, message: string }} Failure */

/** @type {WebMatcher | undefined} */
let matcher;
/** What was found out about the adapter. @type {string | undefined} */
let tuned;
/** URL of the catalogue's folder. */
let catalogue = '';
/** The catalogue's pictures, a file a shard, once they are there. @type {Awaited<ReturnType<typeof pictureFile>>[] | undefined} */
let pictures;
/** It never shrinks: its size is the most that was needed so far. @type {WebAssembly.Memory | undefined} */
let memory;
/** Set once, by a panic or trap: the WebAssembly memory may be inconsistent from then on. @type {Failure | undefined} */
let fault;
/** Rejects the request that runs now. @type {(failure: Failure) => void} */
let rejectRunning = () => {};

// A panic inside an async Rust function surfaces as an uncaught error of a microtask and leaves the function's promise
// pending for ever, so the request that waits for it is rejected from here.
self.addEventListener('error', (event) => {
  event.preventDefault();
  rejectRunning(recordFault(event.error ?? event.message));
});
self.addEventListener('unhandledrejection', (event) => {
  if (!isTrap(event.reason)) return;
  event.preventDefault();
  rejectRunning(recordFault(event.reason));
});

/** @type {Record<string, (argument: any, id: number) => Promise<unknown>>} */
const calls = {
  async load({ stage, ...options }, id) {
    await start();
    tuned = await storedTuning();
    catalogue = options.catalogue;
    const all = stage === 'all';
    let before = 0;
    /** @type {(stage: string, loaded: number, total: number, later: number) => void} */
    const onProgress = (stage, loaded, total, later) => {
      before = loaded;
      self.postMessage({ id, progress: { stage, loaded, total: total && all ? total + later : total } });
    };
    matcher = await WebMatcher.load({ ...options, tuned }, host, onProgress);
    if (!all) return;
    const later = missing('all').reduce((sum, { bytes }) => sum + bytes, 0);
    const total = before + later;
    for (const { name } of missing('all')) {
      const start = before;
      const encoder = await matcher.fetch(name, (/** @type {string} */ stage, /** @type {number} */ loaded) => {
        before = start + loaded;
        self.postMessage({ id, progress: { stage, loaded: before, total } });
      });
      await attach(encoder);
    }
    await loadPictures(() => {});
  },
  async prepare({ what }, id) {
    /** @type {(stage: string, loaded: number, total: number) => void} */
    const onProgress = (stage, loaded, total) => self.postMessage({ id, progress: { stage, loaded, total } });
    for (const { name } of missing(what)) await attach(await loaded().fetch(name, onProgress));
    if (what === 'pictures' || what === 'all') await loadPictures(onProgress);
  },
  async match({ photo, ...query }) {
    return withPictures(await loaded().match(query, photo && (await photoToRead(photo))));
  },
  async similar({ id, limit }) {
    return withPictures(loaded().similar(id, limit));
  },
  async browse({ category, limit, offset }) {
    return withPictures(loaded().browse(category, limit, offset));
  },
  async picture({ id, n }) {
    await loadPictures(() => {});
    const place = loaded().picturePlace(id, n);
    return place ? (pictures?.[place[0]]?.get(place[1]) ?? null) : null;
  },
  async embedPhoto(photo) {
    return loaded().embedPhoto(await photoToRead(photo));
  },
  async previewPhoto({ photo, side }) {
    loaded();
    const read = await photoToRead(photo);
    try {
      return read.preview(side);
    } finally {
      read.free();
    }
  },
  async embedTitle(title) {
    return loaded().embedTitle(title);
  },
};

/** The encoders that are still to be loaded for a stage. @param {string} what @returns {{ name: string, kind: string, bytes: number, attached: boolean }[]} */
function missing(what) {
  const kind = { photo: 'image', words: 'text' }[what];
  const encoders = loaded().encoders();
  return encoders.filter((/** @type {any} */ encoder) => !encoder.attached && (what === 'all' || encoder.kind === kind));
}

/** @param {any} encoder */
async function attach(encoder) {
  await loaded().attach(encoder);
  const found = loaded().tuned();
  if (found && found !== tuned) await storeTuning(found);
  tuned = found;
}

/** @param {(stage: string, loaded: number, total: number) => void} onProgress */
async function loadPictures(onProgress) {
  if (pictures) return;
  const entries = loaded().pictures();
  const total = entries.reduce((/** @type {number} */ sum, /** @type {any} */ { bytes }) => sum + bytes, 0);
  let done = 0;
  const onBytes = (/** @type {number} */ bytes) => onProgress('pictures', (done += bytes), total);
  pictures = await Promise.all(entries.map((/** @type {any} */ entry) => pictureFile(catalogue + entry.file, entry, onBytes)));
}

/** The answer with the pictures of its hits, once these are there. @param {any} answer */
function withPictures(answer) {
  for (const hit of answer.hits) {
    const place = hit.picturePlace;
    hit.thumbnail = place ? (pictures?.[place[0]]?.get(place[1]) ?? null) : null;
    delete hit.picturePlace;
    // The name that earlier versions gave it.
    if ('logOdds' in hit) hit.log_odds = hit.logOdds;
  }
  return answer;
}

// Which kernels were fastest on this adapter. Kept in the Cache, the only store of a worker that needs no schema; where it
// is missing, forbidden or full, the next visit measures again.
const TUNED = new URL('./pkg/tuned.json', import.meta.url).href;

/** @returns {Promise<string | undefined>} */
async function storedTuning() {
  try {
    return await (await (await caches.open('twinlens')).match(TUNED))?.text();
  } catch {
    return undefined;
  }
}

/** @param {string} tuned */
async function storeTuning(tuned) {
  try {
    await (await caches.open('twinlens')).put(TUNED, new Response(tuned));
  } catch {
    // The next visit takes a few milliseconds longer.
  }
}

let queue = Promise.resolve();
self.onmessage = ({ data }) => {
  queue = queue.then(() => answer(data));
};
// Which request it was is not known, so none can be answered any more.
self.onmessageerror = () => self.postMessage({ id: null, error: { code: 'worker-failed', message: 'a request that cannot be read' } });

/** @param {{ id: number, call: string, argument: unknown }} request */
async function answer({ id, call, argument }) {
  try {
    if (fault) throw fault;
    const value = await settledOrTrapped(calls[call](argument, id));
    self.postMessage({ id, value, info: changedInfo() });
  } catch (error) {
    // A run that failed can have changed the device, so info goes along here as well.
    self.postMessage({ id, error: failure(error), info: changedInfo() });
  }
}

/**
 * What `work` settles with, or a rejection if a trap leaves it pending.
 *
 * @template T
 * @param {Promise<T>} work
 * @returns {Promise<T>}
 */
function settledOrTrapped(work) {
  return new Promise((resolve, reject) => {
    rejectRunning = reject;
    work.then(resolve, reject);
  });
}

async function start() {
  requireWebAssembly();
  requireCompilation();
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

/** What `info()` depended on when it was last sent to the page. */
let sentState = '';

/** `info()` where it has changed since it was last sent: making and copying it with every answer would delay them all. */
function changedInfo() {
  try {
    if (fault || !matcher) return undefined;
    const bytes = memory?.buffer.byteLength;
    const state = `${bytes} ${matcher.reason()} ${missing('all').length}`;
    if (state === sentState) return undefined;
    sentState = state;
    return { ...matcher.info(), memory: bytes };
  } catch (error) {
    recordFault(error);
  }
}

/** @param {Blob | Uint8Array} photo */
async function photoToRead(photo) {
  return photoOf(photo instanceof Uint8Array ? photo : await bytes(photo));
}

/** @param {Blob} photo */
async function bytes(photo) {
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
  if (isTrap(error)) return recordFault(error);
  if (typeof error?.code === 'string') return { code: error.code, message: error.message };
  return { code: 'internal', message: `engine: expected an error with a code, found ${text(error)}` };
}

/**
 * Whether the WebAssembly side stopped in the middle. Where WebAssembly is missing nothing of it can have run.
 *
 * @param {unknown} error
 */
function isTrap(error) {
  return typeof WebAssembly === 'object' && error instanceof WebAssembly.RuntimeError;
}

/**
 * @param {unknown} error
 * @returns {Failure}
 */
function recordFault(error) {
  fault ??= { code: 'internal', message: `engine: expected it to finish, found a fault that it cannot continue after: ${text(error)}` };
  return fault;
}

/** @param {unknown} error */
function text(error) {
  return error instanceof Error || error instanceof DOMException ? `${error.name}: ${error.message}` : String(error);
}
