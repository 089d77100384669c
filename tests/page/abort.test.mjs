// Signals and disposal. A script takes the place of the WebAssembly side: its matches end when the test lets them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from './harness.mjs';
import { SHOP, load, openSites } from './sites.mjs';
import { standIn } from './stand-in.mjs';

// A rejection that never comes would otherwise hang the run.
const timeout = 180_000;
/**
 * Each title runs until it is told to end; a title's vector has as many numbers as titles were begun, and as many listings are
 * browsed as encoders were fetched. Once a title runs, an encoder of photos is missing.
 */
const CORE = standIn(`
  begun = 0;
  async match({ title }) {
    this.begun += 1;
    const channel = new BroadcastChannel('end');
    channel.postMessage({ begun: title });
    await new Promise((resolve) => { channel.onmessage = ({ data }) => data.end === title && resolve(); });
    return { hits: [], title };
  }
  fetched = 0;
  encoders() { return [{ name: 'e', kind: 'image', bytes: 3, attached: this.begun === 0, preliminary: false }]; }
  async fetch() { this.fetched += 1; return {}; }
  async attach() {}
  async browse() { return { hits: [], total: this.fetched }; }
  async embedTitle() { return new Float32Array(this.begun); }`);

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launch({ webgpu: false });
});
after(() => browser?.close());

/** @param {import('node:test').TestContext} t */
async function open(t) {
  const { page, context } = await openSites(browser, { files: { 'pkg/twinlens_core.js': CORE } });
  t.after(() => context.close());
  await page.evaluate(() => {
    const channel = new BroadcastChannel('end');
    globalThis.begun = (title) => new Promise((resolve) => channel.addEventListener('message', ({ data }) => data.begun === title && resolve()));
    globalThis.end = (title) => channel.postMessage({ end: title });
  });
  assert.equal(await load(page, SHOP), null);
  return page;
}

test('an aborted call that runs rejects at once, and the next one is answered after it', { timeout }, async (t) => {
  const page = await open(t);
  const { error, next } = await page.evaluate(async () => {
    const { matcher, begun, end } = globalThis;
    const stop = new AbortController();
    const starts = begun('first');
    const first = matcher.match({ title: 'first' }, { signal: stop.signal }).catch((/** @type {any} */ error) => error);
    const second = matcher.match({ title: 'second' });
    await starts;
    stop.abort('enough');
    const { name, code, cause, retry } = await first;
    const secondStarts = begun('second');
    end('first');
    await secondStarts;
    end('second');
    return { error: { name, code, cause, retry }, next: (await second).title };
  });
  assert.deepEqual(error, { name: 'TwinlensError', code: 'aborted', cause: 'enough', retry: true });
  assert.equal(next, 'second');
});

test('an aborted call that still waits is dropped', { timeout }, async (t) => {
  const page = await open(t);
  const { codes, begun } = await page.evaluate(async () => {
    const { matcher, begun, end } = globalThis;
    const stop = new AbortController();
    const starts = begun('first');
    const first = matcher.match({ title: 'first' });
    const dropped = ['a', 'b', 'c'].map((title) =>
      matcher.match({ title }, { signal: stop.signal }).catch((/** @type {any} */ { code }) => code));
    await starts;
    stop.abort();
    const codes = await Promise.all(dropped);
    end('first');
    await first;
    return { codes, begun: (await matcher.embedTitle('how many')).length };
  });
  assert.deepEqual(codes, ['aborted', 'aborted', 'aborted']);
  assert.equal(begun, 1);
});

test('a preparation that is aborted while it waits for a match fetches nothing, and the next one does once', { timeout }, async (t) => {
  const page = await open(t);
  const fetched = await page.evaluate(async () => {
    const { matcher, begun, end } = globalThis;
    const starts = begun('first');
    const first = matcher.match({ title: 'first' });
    await starts;
    const stop = new AbortController();
    const stopped = matcher.prepare('photo', { signal: stop.signal }).catch((/** @type {any} */ { code }) => code);
    stop.abort();
    await stopped;
    const again = matcher.prepare('photo');
    end('first');
    await Promise.all([first, again]);
    return (await matcher.browse()).total;
  });
  assert.equal(fetched, 1);
});

test('every call rejects a signal that was aborted before', { timeout }, async (t) => {
  const page = await open(t);
  const codes = await page.evaluate(async () => {
    const { matcher } = globalThis;
    const signal = AbortSignal.abort();
    const photo = new Blob(['x']);
    const calls = [
      matcher.match({ title: 'x' }, { signal }), matcher.similar('1', { signal }), matcher.browse('x', { signal }),
      matcher.picture('1', 0, { signal }), matcher.embedTitle('x', { signal }), matcher.embedPhoto(photo, { signal }),
      matcher.previewPhoto(photo, 10, { signal }), matcher.prepare('all', { signal }),
      matcher.constructor.load({ models: '/', catalogue: '/', signal }),
    ];
    return Promise.all(calls.map((call) => call.then(() => 'answered', (/** @type {any} */ { code }) => code)));
  });
  assert.deepEqual(codes, Array(9).fill('aborted'));
});

test('a disposed matcher is closed', { timeout }, async (t) => {
  const page = await open(t);
  const code = await page.evaluate(() => {
    globalThis.matcher[Symbol.dispose ?? Symbol.for('Symbol.dispose')]();
    return globalThis.matcher.match({ title: 'x' }).catch((/** @type {any} */ { code }) => code);
  });
  assert.equal(code, 'closed');
});

test('a signal that is no AbortSignal is a "bad-argument"', { timeout }, async (t) => {
  const page = await open(t);
  const message = await page.evaluate(() =>
    globalThis.matcher.match({ title: 'x' }, { signal: 'stop' }).catch((/** @type {any} */ { code, message }) => `${code}: ${message}`));
  assert.equal(message, 'bad-argument: signal: expected an AbortSignal, found "stop"');
});
