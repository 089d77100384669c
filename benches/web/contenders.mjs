// Ours and ONNX Runtime Web, each in a page of one browser.

import { readFileSync } from 'node:fs';

/** @typedef {import('playwright-core').Page} Page @typedef {import('../setup.mjs').Work} Work */

/**
 * Opens a page without anything on it but the origin.
 * @param {import('playwright-core').Browser} browser @param {string} url @param {import('playwright-core').BrowserContext} [context]
 */
export async function blank(browser, url, context) {
  const page = await (context ?? (await browser.newContext())).newPage();
  page.setDefaultTimeout(600_000);
  await page.goto(url);
  return page;
}

/** Our matcher by its public face. Gives the milliseconds that loading took. @param {Page} page @param {string} device */
export function loadOurs(page, device, store = 'auto') {
  return page.evaluate(async ({ device, store }) => {
    const start = performance.now();
    const { Matcher } = await import(`${location.origin}/twinlens.js`);
    globalThis.matcher = await Matcher.load({ models: '/models/', catalogue: '/catalogue/', device, store });
    return performance.now() - start;
  }, { device, store });
}

/**
 * Titles as text and photos as a file: what tokenising and decoding take is in our time, and not in the peer's.
 * @param {Page} page @param {Work} work @param {string} setup
 */
export async function ours(page, work, setup) {
  const photo = work.kind === 'photo' ? readFileSync(`${setup}/onnx/photo.png`).toString('base64') : null;
  const handle = await page.evaluateHandle(({ title, photo }) => {
    const bytes = photo && Uint8Array.from(atob(photo), (sign) => sign.charCodeAt(0));
    return bytes ? () => globalThis.matcher.embedPhoto(bytes) : () => globalThis.matcher.embedTitle(title);
  }, { title: work.title, photo });
  return contender(page, handle);
}

/**
 * Fetches ONNX Runtime Web's scripts for one thread; gives the milliseconds that took. The first session fetches the rest.
 * @param {Page} page @param {string} device @param {'error' | 'verbose'} [logLevel]
 */
export function loadPeer(page, device, logLevel = 'error') {
  return page.evaluate(async ({ device, logLevel }) => {
    const start = performance.now();
    const ort = await import(`${location.origin}/ort/ort.${device === 'webgpu' ? 'webgpu' : 'wasm'}.min.mjs`);
    ort.env.wasm.wasmPaths = `${location.origin}/ort/`;
    ort.env.wasm.numThreads = 1;
    ort.env.logLevel = logLevel;
    Object.assign(globalThis, { ort, sessions: {} });
    return performance.now() - start;
  }, { device, logLevel });
}

/** Makes a session; gives the milliseconds that took. @param {Page} page @param {string} model @param {string} device */
export function createSession(page, model, device) {
  return page.evaluate(async ({ model, device }) => {
    const start = performance.now();
    const { InferenceSession, env } = globalThis.ort;
    const executionProviders = [device === 'webgpu' ? 'webgpu' : 'wasm'];
    const logSeverityLevel = env.logLevel === 'verbose' ? 0 : 3;
    globalThis.sessions[model] = await InferenceSession.create(`/onnx/${model}.onnx`, { executionProviders, logSeverityLevel });
    return performance.now() - start;
  }, { model, device });
}

/** The session's input is made beforehand: token ids or normalised pixels. @param {Page} page @param {string} model @param {Work} work */
export async function peer(page, model, work) {
  const handle = await page.evaluateHandle(async ({ model, work }) => {
    const { ort, sessions } = globalThis;
    const ids = () => new ort.Tensor('int64', BigInt64Array.from(work.tokens, BigInt), [1, work.tokens.length]);
    const pixels = async () =>
      new ort.Tensor('float32', new Float32Array(await (await fetch('/onnx/photo.nchw.f32')).arrayBuffer()), [1, 3, work.side, work.side]);
    const feeds = work.kind === 'photo' ? { pixels: await pixels() } : { tokens: ids() };
    return async () => (await sessions[model].run(feeds)).embedding.data;
  }, { model, work });
  return contender(page, handle);
}

/** @param {Page} page @param {import('playwright-core').JSHandle<() => Promise<Float32Array>>} embed */
function contender(page, embed) {
  return {
    run: () => page.evaluate(async (embed) => {
      const start = performance.now();
      await embed();
      return performance.now() - start;
    }, embed),
    vector: () => page.evaluate(async (embed) => [...(await embed())], embed),
  };
}
