// Where the browser lacks or forbids what the package needs, callers get a TwinlensError whose code says which.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch } from './harness.mjs';
import { CDN, SHOP, load, openSites } from './sites.mjs';
import { standIn } from './stand-in.mjs';

// An error that never comes would otherwise hang the run.
const timeout = 180_000;
const CORE = 'pkg/twinlens_core.js';

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** @param {string} source runs before the worker is told anything */
const prefixed = (source) => (/** @type {string} */ body) => ({ body: `${source};\n${body}` });

/** @type {[what: string, code: string, options: Parameters<typeof openSites>[1]][]} */
const LACKING = [
  ['WebAssembly', 'no-webassembly', { init: () => delete globalThis.WebAssembly }],
  ['WebAssembly in the worker', 'no-webassembly', { files: { 'worker.js': prefixed('delete globalThis.WebAssembly') } }],
  ['permission to compile WebAssembly', 'no-webassembly', {
    files: { 'worker.js': (body) => ({ body, headers: { 'content-security-policy': "script-src 'self'" } }) },
  }],
  ['SIMD in WebAssembly', 'no-simd', { init: () => (WebAssembly.validate = () => false) }],
  ['Worker', 'no-worker', { init: () => delete globalThis.Worker }],
  ['permission to start workers', 'worker-blocked', {
    files: { '': { headers: { 'content-security-policy': "worker-src 'none'" }, body: '<!doctype html>' } },
  }],
  ['the script of the worker', 'worker-failed', { files: { 'worker.js': { status: 404 } } }],
  ['the WebAssembly module', 'worker-failed', { files: { [CORE]: undefined, 'pkg/twinlens_core_bg.wasm': { status: 404 } } }],
];

for (const [what, code, options] of LACKING) {
  test(`without ${what}, load rejects with code "${code}"`, { timeout }, async (t) => {
    const { page, context, uncaught } = await openSites(browser, { ...options, files: { [CORE]: standIn(), ...options?.files } });
    t.after(() => context.close());
    await expectError(page, SHOP, code);
    assert.deepEqual(uncaught, []);
  });
}

test('without WebAssembly no worker is fetched', { timeout }, async (t) => {
  const { page, context, requests } = await openSites(browser, { init: () => delete globalThis.WebAssembly });
  t.after(() => context.close());
  await load(page, SHOP);
  assert.deepEqual(requests.filter((url) => url.endsWith('/worker.js')), []);
});

describe('in a sandboxed frame', () => {
  test('load rejects with code "worker-blocked" where the worker may not be read', { timeout }, async (t) => {
    const { page, context } = await openSites(browser, { path: 'sandbox.html', cors: (file) => file !== 'worker.js' });
    t.after(() => context.close());
    await expectError(sandboxed(page), CDN, 'worker-blocked');
  });

  test('a query is answered where every file may be read', { timeout }, async (t) => {
    const { page, context } = await openSites(browser, { path: 'sandbox.html' });
    t.after(() => context.close());
    await expectAnswer(sandboxed(page), CDN);
  });
});

describe('with the package of another origin', () => {
  test('load rejects with code "worker-blocked" where the worker may not be read', { timeout }, async (t) => {
    const { page, context } = await openSites(browser, { cors: (file) => file !== 'worker.js' });
    t.after(() => context.close());
    await expectError(page, CDN, 'worker-blocked');
  });

  test('load rejects with code "io" where the catalogue may not be read', { timeout }, async (t) => {
    const { page, context } = await openSites(browser, { cors: (file) => !file.startsWith('catalogue/') });
    t.after(() => context.close());
    await expectError(page, CDN, 'io');
  });

  test('a query is answered where every file may be read', { timeout }, async (t) => {
    const { page, context } = await openSites(browser);
    t.after(() => context.close());
    await expectAnswer(page, CDN);
  });
});

/** @param {import('playwright-core').Page} page */
function sandboxed(page) {
  const [, frame] = page.frames();
  return frame;
}

/** @param {import('playwright-core').Page | import('playwright-core').Frame} frame @param {string} site @param {string} code */
async function expectError(frame, site, code) {
  const error = await load(frame, site);
  assert.deepEqual({ name: error?.name, code: error?.code }, { name: 'TwinlensError', code }, error?.message);
  assert.match(error?.message ?? '', /expected .+ found /);
}

/** @param {import('playwright-core').Page | import('playwright-core').Frame} frame @param {string} site */
async function expectAnswer(frame, site) {
  assert.equal(await load(frame, site), null);
  const decision = await frame.evaluate(async () => (await globalThis.matcher.match({ title: 'laptop' })).decision);
  assert.match(decision, /^(Match|Unsure|No-Match)$/);
}
