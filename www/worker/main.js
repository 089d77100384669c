// Runs the WebAssembly side, one request at a time: the engine's buffers are allocated once and hold one run. What browsers load
// is www/worker.js, which `cargo xtask build-web` makes of this and of all that it imports: paths are relative to that.

import { photoOf } from './browser-decoder.js';
import { Downloads } from './download.js';
import { Pictures } from './pictures.js';
import { aborted } from './retry.js';
import { runtimeRecords } from '../client/runtime-records.js';
import { Store } from './store.js';
import { isTrap, recordFault, settledOrTrapped, text, throwFault } from './trap.js';
import { requireCompilation, requireWebAssembly } from '../client/webassembly.js';
import init, { WebMatcher } from '../pkg/twinlens_core.js';

/** Which kernels were fastest on this adapter; where it is missing or of another version, they are measured again. */
const TUNED = 'tuned';
const MANIFEST = 'catalogue.json';

/** @type {WebMatcher | undefined} */
let matcher;
/** @type {Store} */
let store;
/** @type {Downloads} */
let host;
/** @type {Pictures} */
let pictures;
/** It never shrinks: its size is the most that was needed so far. @type {WebAssembly.Memory | undefined} */
let memory;
/** @type {string | undefined} */
let tuned;
/** Encoders so far, beside the preliminary one. */
let attached = 0;

/** @typedef {(stage: string, loaded: number, total: number, later?: number) => void} OnProgress */

/** Those that the page sends one after another, of the matcher. @type {Record<string, (argument: any) => Promise<unknown>>} */
const inTurn = {
  async match({ photo, ...query }) {
    return withPictures(await loaded().match(query, photo && (await photoToRead(photo))));
  },
  async similar({ id, filter, limit }) {
    return withPictures(await loaded().similar(id, filter, limit));
  },
  async browse({ filter, limit, offset }) {
    return withPictures(await loaded().browse(filter, limit, offset));
  },
  async picture({ id, n }) {
    return pictures.picture(loaded().picturePlace(id, n));
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

/** Those that go on beside others. @type {Record<string, (argument: any, onProgress: OnProgress) => Promise<unknown>>} */
const atOnce = {
  async load({ models, catalogue, device, everything = false, ...settings }, onProgress) {
    requireWebAssembly();
    requireCompilation();
    store = new Store(settings.store === 'auto');
    const kindOf = kinds(models, catalogue);
    host = new Downloads({ store, kindOf, onRequest: tell, timeout: settings.timeout, tries: settings.tries });
    // It comes while the module is compiled.
    host.anticipate(catalogue + MANIFEST);
    await start();
    runtimeRecords(import.meta.url).forEach((record) => tell(record));
    tuned = await store.text(TUNED);
    /** @type {(stage: string, loaded: number, total: number, encoders: number) => void} */
    const progress = (stage, loaded, total, encoders) => {
      const files = total ? host.manifests.accepted(catalogue + MANIFEST)?.pictures ?? [] : [];
      onProgress(stage, loaded, total, encoders + sizeOf(files));
    };
    matcher = await settledOrTrapped(WebMatcher.load({ models, catalogue, device, tuned, everything }, host, progress));
    pictures = new Pictures(host, catalogue, matcher.pictures());
    host.written().then(() => host.manifests.settle());
  },
  async prepare(kind, onProgress) {
    const stopping = new AbortController();
    preparing.set(kind, stopping);
    if (kind === 'pictures') await pictures.load((loaded, total) => onProgress('pictures', loaded, total));
    else await attach(kind, onProgress, stopping.signal);
    await host.written();
  },
  async stop(kind) {
    // It may wait for its turn, with no download yet.
    preparing.get(kind)?.abort(aborted());
    host.stop(kind);
  },
  async offline(value) {
    host.offline = value;
  },
};

/** What ends the latest preparation of each kind. @type {Map<string, AbortController>} */
const preparing = new Map();

/** @param {'photo' | 'words'} kind @param {OnProgress} onProgress @param {AbortSignal} signal */
async function attach(kind, onProgress, signal) {
  /** @type {{ name: string, bytes: number }[]} */
  const missing = await taken(async () => loaded().encoders().filter(isOf(kind)));
  const total = sizeOf(missing);
  let before = 0;
  for (const { name, bytes } of missing) {
    const progress = (/** @type {string} */ _stage, /** @type {number} */ arrived) => onProgress(kind, before + arrived, total);
    // The matcher is borrowed while the call is made, not while the file comes.
    const { coming } = await taken(async () => {
      signal.throwIfAborted();
      return { coming: loaded().fetch(name, progress) };
    });
    const encoder = await settledOrTrapped(coming);
    await taken(() => {
      signal.throwIfAborted();
      return loaded().attach(encoder);
    });
    attached += 1;
    before += bytes;
  }
  const found = await taken(async () => loaded().tuned());
  if (!found || found === tuned) return;
  tuned = found;
  await store.put(TUNED, new Blob([found]));
}

/** @param {{ bytes: number }[]} files */
function sizeOf(files) {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** @param {'photo' | 'words'} kind */
function isOf(kind) {
  const wanted = kind === 'photo' ? 'image' : 'text';
  return (/** @type {any} */ encoder) => encoder.kind === wanted && !encoder.attached && !encoder.preliminary;
}

let queue = Promise.resolve();

/**
 * Does what needs the matcher when nothing else does.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
function taken(work) {
  const done = queue.then(() => {
    throwFault();
    return settledOrTrapped(work());
  });
  queue = done.then(() => {}, () => {});
  return done;
}

self.onmessage = ({ data }) => void answer(data);
// Which request it was is not known, so none can be answered any more.
self.onmessageerror = () => self.postMessage({ id: null, error: { code: 'worker-failed', message: 'a request that cannot be read' } });

/** @param {{ id: number, call: string, argument: unknown }} request */
async function answer({ id, call, argument }) {
  /** @type {OnProgress} */
  const onProgress = (stage, loaded, total, later = 0) => self.postMessage({ id, progress: { stage, loaded, total, later } });
  try {
    throwFault();
    const value = await (atOnce[call] ? atOnce[call](argument, onProgress) : taken(() => inTurn[call](argument)));
    self.postMessage({ id, value, info: await changedInfo() });
  } catch (error) {
    // A run that failed can have changed the device, so info goes along here as well.
    self.postMessage({ id, error: failure(error), info: await changedInfo() });
  }
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

/** What `info()` depended on when it was last sent to the page. */
let sentState = '';

/** `info()` where it has changed since it was last sent: making and copying it with every answer would delay them all. */
async function changedInfo() {
  try {
    return await taken(async () => {
      if (!matcher) return undefined;
      const bytes = memory?.buffer.byteLength;
      const state = `${bytes} ${attached} ${matcher.reason()}`;
      if (state === sentState) return undefined;
      sentState = state;
      return { ...matcher.info(), memory: bytes };
    });
  } catch (error) {
    if (isTrap(error)) recordFault(error);
    return undefined;
  }
}

/** @type {Map<import('./download.js').Request, number>} */
const told = new Map();

/** Tells the page of a request; told again, it has more bytes. @param {import('./download.js').Request} request */
function tell(request) {
  const number = told.get(request) ?? told.size;
  told.set(request, number);
  self.postMessage({ record: { number, request } });
}

/**
 * What a file is for, by its name and the manifest's.
 *
 * @param {string} models
 * @param {string} catalogue
 * @returns {(url: string) => import('./download.js').Kind}
 */
function kinds(models, catalogue) {
  return (url) => {
    const manifest = host.manifests.accepted(catalogue + MANIFEST);
    const isNamed = (/** @type {{ file: string }} */ { file }) => url === catalogue + file;
    if (manifest?.pictures?.some(isNamed)) return 'pictures';
    // A pack and its tokenizer have the encoder's name before the first full stop.
    const encoder = manifest?.encoders.find((/** @type {{ name: string }} */ { name }) => url.startsWith(`${models}${name}.`));
    if (!encoder) return 'catalogue';
    if (encoder.preliminary) return 'table';
    return encoder.kind === 'image' ? 'photo' : 'words';
  };
}

/** Answers name the places of pictures. @param {{ hits: any[] }} answer */
function withPictures(answer) {
  for (const hit of answer.hits) {
    hit.thumbnail = pictures.picture(hit.picturePlace);
    delete hit.picturePlace;
    // The name that earlier versions gave it.
    if ('logOdds' in hit) hit.log_odds = hit.logOdds;
  }
  return answer;
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
    throw { code: 'io', message: `photo: expected a readable file, found ${text(error)}`, retry: false };
  }
}

/**
 * Rust's errors and those of downloads carry a string `code`. Browser exceptions have a number or none, and none is expected here.
 *
 * @param {any} error
 * @returns {import('./trap.js').Failure}
 */
function failure(error) {
  if (isTrap(error)) return recordFault(error);
  if (typeof error?.code === 'string') return { code: error.code, message: error.message, retry: error.retry };
  return { code: 'internal', message: `engine: expected an error with a code, found ${text(error)}` };
}
