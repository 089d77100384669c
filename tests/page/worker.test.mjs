// What callers get when the worker, or a callback of their own, fails. A script takes the place of the WebAssembly side.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from './harness.mjs';
import { SHOP, load, openSites } from './sites.mjs';
import { standIn } from './stand-in.mjs';

// An answer that never comes would otherwise hang the run.
const timeout = 180_000;
const CORE = 'pkg/twinlens_core.js';

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

test('a panic in the middle of a match rejects it, and every later call, with code "internal"', { timeout }, async (t) => {
  // As wasm-bindgen's executor does it: the trap is thrown in a microtask, the promise stays pending.
  const core = standIn(`
    match() {
      queueMicrotask(() => { throw new WebAssembly.RuntimeError('unreachable'); });
      return new Promise(() => {});
    }
    async embedTitle() { return new Float32Array(1); }`);
  const { page, context } = await openSites(browser, { files: { [CORE]: core } });
  t.after(() => context.close());
  assert.equal(await load(page, SHOP), null);
  const errors = await page.evaluate(async () => {
    const { matcher } = globalThis;
    const calls = [matcher.match({ title: 'laptop' }), matcher.match({ title: 'laptop' }), matcher.embedTitle('laptop')];
    return Promise.all(calls.map((call) => call.catch(({ name, code, message }) => ({ name, code, message }))));
  });
  for (const { name, code, message } of errors) {
    assert.deepEqual({ name, code }, { name: 'TwinlensError', code: 'internal' });
    assert.match(message, /unreachable/);
  }
});

test('a worker that cannot start is shown on the page with code "worker-failed"', { timeout }, async (t) => {
  const { page, context } = await openSites(browser, { path: 'index.html', files: { [CORE]: { status: 404 } } });
  t.after(() => context.close());
  await page.getByRole('searchbox').fill('tripod');
  await page.getByRole('alert').waitFor();
  await page.getByText('Details').click();
  assert.match(await page.locator('.engineer').innerText(), /^worker-failed: worker: expected .+ found /);
  assert.equal(await page.evaluate(() => globalThis.twinlens.matcher.catch(({ code }) => code)), 'worker-failed');
});

test('a request that the worker cannot read rejects it, and every later call, with code "worker-failed"', { timeout }, async (t) => {
  const core = standIn("match() { self.dispatchEvent(new MessageEvent('messageerror')); return new Promise(() => {}); }");
  const { page, context } = await openSites(browser, { files: { [CORE]: core } });
  t.after(() => context.close());
  assert.equal(await load(page, SHOP), null);
  const codes = await page.evaluate(async () => {
    const code = () => globalThis.matcher.match({ title: 'laptop' }).catch(({ code }) => code);
    return [await code(), await code()];
  });
  assert.deepEqual(codes, ['worker-failed', 'worker-failed']);
});

test('an answer that the page cannot read rejects it, and every later call, with code "worker-failed"', { timeout }, async (t) => {
  // The browser cannot be made to send such an answer, but the event that it gives can be dispatched.
  const init = () => {
    globalThis.Worker = class extends Worker {
      postMessage(...message) {
        if (message[0].call === 'match') this.dispatchEvent(new MessageEvent('messageerror'));
        else super.postMessage(...message);
      }
    };
  };
  const { page, context } = await openSites(browser, { init, files: { [CORE]: standIn('match() {}') } });
  t.after(() => context.close());
  assert.equal(await load(page, SHOP), null);
  const codes = await page.evaluate(async () => {
    const code = () => globalThis.matcher.match({ title: 'laptop' }).catch(({ code }) => code);
    return [await code(), await code()];
  });
  assert.deepEqual(codes, ['worker-failed', 'worker-failed']);
});

/** An encoder of photos and one of titles that say how far they are. */
const PREPARING = `
  encoders() { return ['image', 'text'].map((kind) => ({ name: kind, kind, bytes: 3, attached: false, preliminary: false })); }
  async fetch(name, progress) { for (const loaded of [1, 2, 3]) progress(name, loaded, 3); return {}; }
  async attach() {}`;

for (const [what, throwing] of [['throws', 'throw'], ['rejects', 'return Promise.reject']]) {
  test(`an onProgress that ${what} every time is reported once and disturbs nothing`, { timeout }, async (t) => {
    const { page, context, uncaught } = await openSites(browser, { files: { [CORE]: standIn(PREPARING) } });
    t.after(() => context.close());
    const calls = await page.evaluate(async ({ site, body }) => {
      globalThis.calls = 0;
      const { Matcher } = await import(`${site}twinlens.js`);
      const onProgress = new Function(body);
      await Matcher.load({ models: site, catalogue: site, onProgress });
      return globalThis.calls;
    }, { site: SHOP, body: `globalThis.calls += 1; ${throwing} (new Error('of the caller'))` });
    assert.ok(calls > 3, `expected calls of loading and of each preparation, found ${calls}`);
    // Rejections that nobody handles are reported in a task of their own.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
    assert.deepEqual(uncaught, ['Error: of the caller']);
  });
}
