import { TwinlensError } from './error.js';
import { trustedScript } from './script-url.js';

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
 * @param {string} [workerUrl] where worker.js is, if not beside this package
 * @returns {StartedWorker}
 */
export function startWorker(workerUrl) {
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
  const url = workerUrl ?? packageWorker();
  const isForeign = new URL(url, globalThis.location.href).origin !== globalThis.origin;
  const script = isForeign ? localScript(`import ${JSON.stringify(url)};`) : url;
  const end = () => {
    starting.abort();
    if (isForeign) URL.revokeObjectURL(script);
  };
  /** @type {Worker} */
  let worker;
  try {
    worker = new globalThis.Worker(trustedScript(script), { type: 'module' });
  } catch (error) {
    end();
    throw blocked(url, /** @type {Error} */ (error).message);
  }
  // Not before: some browsers read the Blob only after the constructor has returned.
  worker.addEventListener('message', end, { once: true });
  worker.addEventListener('error', end, { once: true });
  return { worker, startError: (found) => (isForeign || forbidden ? blocked(url, found) : notLoaded(url, found)) };
}

/**
 * Where the worker's script is. Bundlers emit it, under a name of their choice, only where they read `new Worker(new URL(…))`
 * in this form, and put the name there; the path is relative to twinlens.js, which this is part of. The constructor that runs
 * here only takes it down: a URL of another origin, or one that no Trusted Types policy has made, would be refused before
 * anything can be done about it.
 */
function packageWorker() {
  const { Worker: native } = globalThis;
  let url = '';
  try {
    /** @type {any} */ (globalThis).Worker = function (/** @type {unknown} */ found) {
      url = String(found);
    };
    new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  } finally {
    globalThis.Worker = native;
  }
  return url;
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

/** @param {string} url @param {string} found */
function blocked(url, found) {
  return new TwinlensError(
    'worker-blocked',
    `worker: expected scripts that a page of origin ${globalThis.origin} may run, found ${found || 'one that it may not read or run'}; ` +
      "serve the whole package from the page's own origin, or with Access-Control-Allow-Origin, and allow it, blob: and data: in " +
      "worker-src of the page's Content-Security-Policy, and the policy twinlens in trusted-types where that is there: " + url,
  );
}

/** @param {string} url @param {string} found */
function notLoaded(url, found) {
  return new TwinlensError(
    'worker-failed',
    `worker: expected its script to load as a module, found ${found || 'one that does not'}; ` +
      `worker.js and pkg/ must lie beside twinlens.js on the server, or workerUrl must name it: ${url}`,
  );
}
