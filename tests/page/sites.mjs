// Two sites of invented names, which are different origins to the browser. No server is needed: the browser's requests are
// intercepted and answered with the files of the checkout.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { checkout } from './harness.mjs';

/** The page's own origin, and one that a package may come from instead, as a CDN's. */
export const SHOP = 'https://shop.example/';
export const CDN = 'https://cdn.example/';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm' };
const FOLDERS = { 'models/': `${checkout}models/`, 'catalogue/': `${checkout}www/demo/catalogue/` };
const EMPTY_PAGE = '<!doctype html><title>shop</title>';
/** A frame with an opaque origin. */
const SANDBOX = '<!doctype html><iframe sandbox="allow-scripts" src="/"></iframe>';

/** @typedef {{ status?: number, headers?: Record<string, string>, body?: string | Buffer }} Response */

/** The module's script, which is part of worker.js; where a test puts another in its place, the worker imports its parts. */
const CORE = 'pkg/twinlens_core.js';
const WORKER_IN_PARTS = "import './worker/main.js';";

/**
 * An empty page of the shop, on which nothing is loaded yet.
 *
 * @param {import('playwright-core').Browser} browser
 * @param {object} [options]
 * @param {string} [options.path] `sandbox.html` holds a sandboxed frame
 * @param {(path: string) => boolean} [options.cors] which files of the other origin any page may read
 * @param {Record<string, Response | ((body: string) => Response) | undefined>} [options.files] instead of those of the checkout, by path
 * @param {() => void} [options.init] runs in every page and frame before any script
 */
export async function openSites(browser, { path = '', cors = () => true, files = {}, init } = {}) {
  const context = await browser.newContext();
  /** @type {string[]} */
  const requests = [];
  /** @type {string[]} */
  const uncaught = [];
  context.on('weberror', (error) => uncaught.push(String(error.error())));
  await context.route(/.*/, async (route) => {
    const { href, origin, pathname } = new URL(route.request().url());
    requests.push(href);
    const name = pathname.slice(1);
    // Where there is no such header, Playwright adds one that allows the page.
    const allowed = cors(name) ? '*' : origin;
    const { status = 200, headers, body } = await response(name, files[name], files[CORE] !== undefined);
    const type = TYPES[extname(name || 'index.html')] ?? 'application/octet-stream';
    await route.fulfill({ status, body, headers: { 'content-type': type, 'access-control-allow-origin': allowed, ...headers } });
  });
  if (init) await context.addInitScript(init);
  const page = await context.newPage();
  await page.goto(SHOP + path);
  return { page, context, requests, uncaught };
}

/** @param {string} name @param {Response | ((body: string) => Response) | undefined} instead @param {boolean} inParts @returns {Promise<Response>} */
async function response(name, instead, inParts) {
  if (instead && typeof instead !== 'function') return instead;
  if (name === '') return { body: EMPTY_PAGE };
  if (name === 'sandbox.html') return { body: SANDBOX };
  const folder = Object.keys(FOLDERS).find((folder) => name.startsWith(folder));
  const file = folder ? FOLDERS[folder] + name.slice(folder.length) : `${checkout}www/${name}`;
  if (!existsSync(file)) return { status: 404 };
  const body = name === 'worker.js' && inParts ? Buffer.from(WORKER_IN_PARTS) : await readFile(file);
  return instead ? instead(body.toString()) : { body };
}

/**
 * Loads a matcher of the demo's shop with the package of one site; gives the error as data, null where there is none, and
 * leaves the matcher as `globalThis.matcher`.
 *
 * @param {import('playwright-core').Page | import('playwright-core').Frame} frame
 * @param {string} site
 * @returns {Promise<{ name: string, code: string, message: string } | null>}
 */
export function load(frame, site) {
  return frame.evaluate(async (site) => {
    const { Matcher } = await import(`${site}twinlens.js`);
    try {
      globalThis.matcher = await Matcher.load({ models: `${site}models/`, catalogue: `${site}catalogue/`, device: 'cpu' });
      return null;
    } catch ({ name, code, message }) {
      return { name, code, message };
    }
  }, site);
}
