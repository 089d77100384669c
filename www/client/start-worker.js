import { TwinlensError } from './error.js';

/**
 * @typedef {object} StartedWorker
 * @property {Worker} worker
 * @property {(found: string) => TwinlensError} startError what an `error` event before the first message means
 */

/**
 * Starts worker.js as a module worker. Browsers refuse a worker script of another origin than the page's, and any script
 * from a server where the page's origin is opaque, as in a sandboxed frame. There the worker gets a script of one line that
 * imports worker.js, which is allowed if that is served with `Access-Control-Allow-Origin`.
 *
 * @returns {StartedWorker}
 */
export function startWorker() {
  if (typeof globalThis.Worker !== 'function') {
    throw new TwinlensError(
      'no-worker',
      'worker: expected the browser to provide Worker, found none; load the matcher in a page of a current browser',
    );
  }
  const starting = new AbortController();
  let forbidden = false;
  // The worker's own `error` event, which comes later, does not say that a policy is the reason.
  globalThis.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
    forbidden ||= effectiveDirective === 'worker-src';
  }, { signal: starting.signal });
  let local = '';
  const end = () => {
    starting.abort();
    URL.revokeObjectURL(local);
  };
  /** @type {Worker} */
  let worker;
  try {
    // In this form bundlers recognise a worker and emit its script.
    worker = new Worker(new URL('../worker.js', import.meta.url), { type: 'module' });
  } catch {
    local = localScript(`import ${JSON.stringify(scriptUrl())};`);
    try {
      worker = new Worker(local, { type: 'module' });
    } catch (error) {
      end();
      throw blocked(/** @type {Error} */ (error).message);
    }
  }
  // Not before: some browsers read the Blob only after the constructor has returned.
  worker.addEventListener('message', end, { once: true });
  worker.addEventListener('error', end, { once: true });
  return { worker, startError: (found) => (local || forbidden ? blocked(found) : notLoaded(found)) };
}

/**
 * A URL of a script that needs no server. A Blob's has the page's origin, by which the server and the worker's Cache know
 * it; Chromium does not run one as a module where that origin is opaque, but a data URL.
 *
 * @param {string} script
 */
function localScript(script) {
  const type = 'text/javascript';
  if (globalThis.origin === 'null') return `data:${type},${encodeURIComponent(script)}`;
  return URL.createObjectURL(new Blob([script], { type }));
}

/** Written so that bundlers do not take it for one more file to emit. */
function scriptUrl() {
  const here = import.meta.url;
  return new URL('../worker.js', here).href;
}

/** @param {string} found */
function blocked(found) {
  return new TwinlensError(
    'worker-blocked',
    `worker: expected scripts that a page of origin ${globalThis.origin} may run, found ${found || 'one that it may not read or run'}; ` +
      "serve the whole package from the page's own origin, or with Access-Control-Allow-Origin, and allow it, blob: and data: in " +
      `worker-src of the page's Content-Security-Policy: ${scriptUrl()}`,
  );
}

/** @param {string} found */
function notLoaded(found) {
  return new TwinlensError(
    'worker-failed',
    `worker: expected its script and those that it imports to load as modules, found ${found || 'one that does not'}; ` +
      `worker.js, client/ and pkg/ must lie beside twinlens.js on the server: ${scriptUrl()}`,
  );
}
