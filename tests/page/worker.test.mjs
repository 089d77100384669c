// What callers hear when the WebAssembly side fails as a whole. The real one must not do so on demand, so a stand-in does.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPage } from './harness.mjs';
import { openShop } from './shop.mjs';

const CORE = '**/pkg/twinlens_core.js';

const shop = openShop();

test('a panic in the middle of a match rejects it, and every later call, with code "internal"', async () => {
  const { page } = await openPage(shop.browser, shop.server.url, (context) => context.route(CORE, (route) => route.fulfill({
    contentType: 'text/javascript',
    // As wasm-bindgen's executor does it: the trap is thrown in a microtask, the promise stays pending.
    body: `
      export default async function init() { return { memory: new WebAssembly.Memory({ initial: 1 }) }; }
      export class WebMatcher {
        static async load() { return new WebMatcher(); }
        tuned() {}
        reason() { return 'stand-in'; }
        info() { return { device: 'cpu', adapter: null, reason: 'stand-in', listings: 0 }; }
        match() {
          queueMicrotask(() => { throw new WebAssembly.RuntimeError('unreachable'); });
          return new Promise(() => {});
        }
        async embedTitle() { return new Float32Array(1); }
      }`,
  })));
  const errors = await page.evaluate(async () => {
    const matcher = await globalThis.twinlens.matcher;
    const calls = [matcher.match({ title: 'laptop' }), matcher.match({ title: 'laptop' }), matcher.embedTitle('laptop')];
    return Promise.all(calls.map((call) => call.catch(({ name, code, message }) => ({ name, code, message }))));
  });
  for (const { name, code, message } of errors) {
    assert.deepEqual({ name, code }, { name: 'TwinlensError', code: 'internal' });
    assert.match(message, /unreachable/);
  }
});

test('a worker that cannot start is shown on the page with code "worker-failed"', async () => {
  const { page } = await openPage(shop.browser, shop.server.url, (context) => context.route(CORE, (route) => route.fulfill({ status: 404 })));
  assert.match(await page.locator('[role="alert"]:not(:empty)').textContent(), /worker: expected .+ found /);
  assert.equal(await page.evaluate(() => globalThis.twinlens.matcher.catch(({ code }) => code)), 'worker-failed');
});
