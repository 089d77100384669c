// What is requested, when, and what happens where the network, the store or the GPU fails.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from './harness.mjs';
import { firstHit, load, shellFiles, startHost } from './host.mjs';

// An answer that never comes would otherwise hang the run.
const timeout = 180_000;
const PACK = '/models/efficientnet-lite0.safetensors';
const TITLE = 'Instant Camera';
/** Nobody needs to wait for what is tested here. */
const QUICK = { timeout: 1000, tries: 2 };

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launch({ webgpu: false });
});
after(() => browser?.close());

/**
 * @param {import('node:test').TestContext} t
 * @param {Parameters<typeof startHost>[0]} [options]
 */
async function open(t, options) {
  const host = await startHost(options);
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(host.url);
  t.after(() => context.close().then(host.stop));
  return { host, context, page };
}

test('the second visit requests no encoder, no shard and no picture', { timeout }, async (t) => {
  const { host, page } = await open(t);
  assert.equal(await load(page), null);
  assert.ok(host.weights().includes(PACK));
  host.asked.length = 0;
  await page.reload();
  assert.equal(await load(page), null);
  assert.deepEqual(host.weights(), []);
  assert.equal(await firstHit(page, TITLE), TITLE);
  const from = await page.evaluate(() => globalThis.matcher.requests().filter(({ kind }) => kind === 'photo').map(({ from }) => from));
  assert.deepEqual(from, ['store']);
});

test('a store entry that is damaged is fetched again', { timeout }, async (t) => {
  const { host, page } = await open(t);
  assert.equal(await load(page), null);
  const damaged = await page.evaluate(async () => {
    const cache = await caches.open('twinlens');
    const { packs } = globalThis.matcher.info();
    const key = `https://twinlens.invalid/${packs[0].fingerprint}`;
    const bytes = new Uint8Array(await (await cache.match(key)).arrayBuffer());
    bytes[bytes.length - 1] ^= 1;
    await cache.put(key, new Response(bytes));
    return packs[0].name;
  });
  host.asked.length = 0;
  await page.reload();
  assert.equal(await load(page), null);
  assert.deepEqual(host.weights(), [`/models/${damaged}.safetensors`]);
  host.asked.length = 0;
  await page.reload();
  assert.equal(await load(page), null);
  assert.deepEqual(host.weights(), [], 'and the whole one is kept');
});

test('a connection that drops at 80 % is taken up there', { timeout }, async (t) => {
  const { host, page } = await open(t);
  let size = 0;
  host.answer = ({ path, times, bytes, response }) => {
    if (path !== PACK || times > 1) return false;
    size = bytes.length;
    response.writeHead(200, { 'content-length': size });
    response.write(bytes.subarray(0, 0.8 * size), () => response.destroy());
    return true;
  };
  assert.equal(await load(page), null);
  const asked = host.asked.filter(({ path }) => path === PACK);
  assert.equal(asked.length, 2);
  const [, start] = /^bytes=(\d+)-$/.exec(asked[1].range ?? '') ?? [];
  assert.ok(Number(start) > 0, `expected a range, found ${asked[1].range}`);
  assert.equal(asked[1].sent, size - Number(start));
});

test('a server that is busy is asked again', { timeout }, async (t) => {
  const { host, page } = await open(t);
  host.answer = ({ path, times, response }) => {
    if (path !== PACK || times > 2) return false;
    response.writeHead(503, { 'retry-after': '0' }).end();
    return true;
  };
  assert.equal(await load(page), null);
  assert.equal(host.asked.filter(({ path }) => path === PACK).length, 3);
});

test('a server that hangs ends in "timeout", and trying again helps', { timeout }, async (t) => {
  const { host, page } = await open(t);
  host.answer = ({ path }) => path === PACK;
  assert.equal(await load(page, { ...QUICK, stage: 'first' }), null);
  const prepare = () => page.evaluate(() => globalThis.matcher.prepare('photo').then(() => null, ({ code, retry }) => ({ code, retry })));
  assert.deepEqual(await prepare(), { code: 'timeout', retry: true });
  assert.equal(host.asked.filter(({ path }) => path === PACK).length, QUICK.tries);
  assert.equal(await firstHit(page, TITLE), TITLE, 'words are answered all the same');
  host.answer = undefined;
  assert.equal(await prepare(), null);
});

test('a file that is missing is an "io" that names it, and that trying again does not mend', { timeout }, async (t) => {
  const { host, page } = await open(t);
  host.answer = ({ path, response }) => {
    if (path !== PACK) return false;
    response.writeHead(404).end();
    return true;
  };
  const error = await load(page);
  assert.equal(error?.code, 'io');
  assert.equal(error?.retry, false);
  assert.match(error?.message ?? '', /404.*efficientnet-lite0/);
});

const DENY_CACHE = "Object.defineProperty(self, 'caches', { get() { throw new DOMException('denied', 'SecurityError'); } });";
const DENY_FILES = "navigator.storage.getDirectory = () => Promise.reject(new DOMException('denied', 'SecurityError'));";
const FULL = "Cache.prototype.put = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));";

for (const [what, code, isKept] of /** @type {const} */ ([
  ['the Cache is denied', DENY_CACHE, true],
  ['every store is denied', DENY_CACHE + DENY_FILES, false],
  ['the store is full', FULL, false],
])) {
  test(`where ${what}, it answers${isKept ? ', and the next visit requests no weights' : ''}`, { timeout }, async (t) => {
    const { host, page } = await open(t, { files: { 'worker.js': (text) => `${code}\n${text}` } });
    assert.equal(await load(page), null);
    assert.equal(await firstHit(page, TITLE), TITLE);
    host.asked.length = 0;
    await page.reload();
    assert.equal(await load(page), null);
    assert.equal(host.weights().length === 0, isKept, host.weights().join());
  });
}

test('in flight mode a page that was visited once opens and answers', { timeout }, async (t) => {
  const page = `<!doctype html><title>shop</title><link rel="icon" href="data:,"><script type="module">
    import { Matcher, keepPage } from './twinlens.js';
    globalThis.kept = keepPage('./service-worker.js');
    globalThis.loading = Matcher.load({ models: './models/', catalogue: './catalogue/', device: 'cpu' });
    globalThis.loading.then((matcher) => (globalThis.matcher = matcher));
  </script>`;
  const { host, page: tab } = await open(t, { files: shellFiles(page) });
  const ready = () => tab.evaluate(async () => {
    if (!(await globalThis.kept)) throw new Error('expected a service worker, found none');
    await Promise.all([globalThis.loading, navigator.serviceWorker.ready]);
  });
  await ready();
  host.stop();
  await tab.reload();
  await ready();
  assert.equal(await firstHit(tab, TITLE), TITLE);
});

test('two tabs load the same shop at once, and both answer', { timeout }, async (t) => {
  const { host, context, page } = await open(t);
  const other = await context.newPage();
  await other.goto(host.url);
  assert.deepEqual(await Promise.all([load(page), load(other)]), [null, null]);
  assert.deepEqual(await Promise.all([firstHit(page, TITLE), firstHit(other, TITLE)]), [TITLE, TITLE]);
});

test('words are answered before 4.2 MB have arrived, and a photo before 8 MB', { timeout }, async (t) => {
  const { host, page } = await open(t);
  assert.equal(await load(page, { stage: 'first' }), null);
  assert.equal(await firstHit(page, TITLE), TITLE);
  assert.ok(host.sent() < 4.2e6, `words: ${host.sent()} bytes`);
  const hit = await page.evaluate(async () => {
    await globalThis.matcher.prepare('photo');
    const photo = await (await fetch('/demo/photos/camera.jpg')).blob();
    return (await globalThis.matcher.match({ photo })).hits[0].title;
  });
  assert.equal(hit, TITLE);
  assert.ok(host.sent() < 8e6, `photo: ${host.sent()} bytes`);
});

test('a photo alone is "not-ready" while its encoder is missing, and the title alone is answered with what waits', { timeout }, async (t) => {
  const { page } = await open(t);
  assert.equal(await load(page, { stage: 'first' }), null);
  const { code, waiting, complete } = await page.evaluate(async () => {
    const photo = await (await fetch('/demo/photos/camera.jpg')).blob();
    const { code } = await globalThis.matcher.match({ photo }).catch((/** @type {any} */ error) => error);
    const { waiting, complete } = await globalThis.matcher.match({ photo, title: 'camera' });
    return { code, waiting, complete };
  });
  assert.deepEqual({ code, waiting: waiting.sort(), complete }, { code: 'not-ready', waiting: ['photo', 'words'], complete: false });
});

test('once everything is there, a hundred queries request nothing', { timeout }, async (t) => {
  const { host, page } = await open(t);
  assert.equal(await load(page), null);
  host.asked.length = 0;
  const hits = await page.evaluate(async () => {
    const words = ['red', 'chair', 'laptop', 'camera', '500 ml', 'kamera', 'Stuhl', 'XL', 'blue shoes', '4006381333931'];
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) =>
      globalThis.matcher.match({ title: `${words[index % 10]} ${index}`, limit: 1 + (index % 7) })));
    const { id, category } = answers[0].hits[0];
    await Promise.all([globalThis.matcher.similar(id), globalThis.matcher.browse(category ?? ''), globalThis.matcher.picture(id)]);
    return answers.length;
  });
  assert.equal(hits, 100);
  assert.deepEqual(host.asked, []);
});

test('two different first queries of one kind make the same requests', { timeout }, async (t) => {
  const ask = async (/** @type {string} */ photo, /** @type {string} */ title) => {
    const { host, page } = await open(t);
    assert.equal(await load(page, { stage: 'first' }), null);
    await page.evaluate(async ({ photo, title }) => {
      const file = await (await fetch(photo)).blob();
      await globalThis.matcher.match({ title });
      await globalThis.matcher.prepare('photo');
      await globalThis.matcher.match({ photo: file, title });
    }, { photo, title });
    return host.asked.map(({ path, range }) => `${path} ${range}`).filter((path) => !path.startsWith('/demo/photos/')).sort();
  };
  assert.deepEqual(await ask('/demo/photos/camera.jpg', 'camera'), await ask('/demo/photos/chair.jpg', 'a chair, 40 cm'));
});

test('a download goes on until the last of its callers has gone, and the next call takes it up', { timeout }, async (t) => {
  const { host, page } = await open(t);
  /** @type {(value?: unknown) => void} */
  let half = () => {};
  const halfWay = new Promise((resolve) => (half = resolve));
  host.answer = ({ path, times, bytes, response }) => {
    if (path !== PACK || times > 1) return false;
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, bytes.length / 2), half);
    return true;
  };
  assert.equal(await load(page, { stage: 'first' }), null);
  await page.evaluate(() => {
    globalThis.stops = [new AbortController(), new AbortController()];
    globalThis.arrived = 0;
    const prepare = ({ signal }) => globalThis.matcher.prepare('photo', {
      signal,
      onProgress: ({ loaded }) => {
        globalThis.arrived = loaded;
      },
    });
    globalThis.prepared = globalThis.stops.map((stop) => prepare(stop).catch(({ code }) => code));
  });
  await halfWay;
  await page.waitForFunction(() => globalThis.arrived > 1e6);
  const codes = await page.evaluate(async () => {
    globalThis.stops[0].abort();
    const first = await globalThis.prepared[0];
    const running = await Promise.race([globalThis.prepared[1], Promise.resolve('running')]);
    globalThis.stops[1].abort();
    return [first, running, await globalThis.prepared[1]];
  });
  assert.deepEqual(codes, ['aborted', 'running', 'aborted']);
  assert.equal(await page.evaluate(() => globalThis.matcher.prepare('photo').then(() => null, ({ message }) => message)), null);
  const asked = host.asked.filter(({ path }) => path === PACK);
  assert.equal(asked.length, 2);
  assert.match(asked[1].range ?? '', /^bytes=[1-9]/);
});

test('a load that is aborted ends its requests', { timeout }, async (t) => {
  const { host, page } = await open(t);
  /** @type {(value?: unknown) => void} */
  let hangs = () => {};
  const hanging = new Promise((resolve) => (hangs = resolve));
  /** @type {Promise<unknown> | undefined} */
  let closed;
  host.answer = ({ path, response }) => {
    if (path !== PACK) return false;
    closed = new Promise((resolve) => response.once('close', resolve));
    hangs();
    return true;
  };
  await page.evaluate(() => (globalThis.stop = new AbortController()));
  const error = page.evaluate(async () => {
    const { Matcher } = await import('/twinlens.js');
    const options = { models: '/models/', catalogue: '/catalogue/', signal: globalThis.stop.signal };
    return Matcher.load(options).then(() => null, ({ code }) => code);
  });
  await hanging;
  await page.evaluate(() => globalThis.stop.abort());
  assert.equal(await error, 'aborted');
  await closed;
});

test('offline, nothing is requested: what is here answers, what is not fails with "offline"', { timeout }, async (t) => {
  const { host, page } = await open(t);
  assert.equal(await load(page, { stage: 'first' }), null);
  host.asked.length = 0;
  const code = await page.evaluate(async () => {
    globalThis.matcher.offline = true;
    return globalThis.matcher.prepare('photo').catch(({ code }) => code);
  });
  assert.equal(code, 'offline');
  assert.equal(await firstHit(page, TITLE), TITLE);
  assert.deepEqual(host.asked, []);
});

test('requests() tells every file with its kind, its bytes and where it came from', { timeout }, async (t) => {
  const { host, page } = await open(t);
  assert.equal(await load(page), null);
  /** @type {{ url: string, kind: string, bytes: number, from: string, at: number }[]} */
  const told = await page.evaluate(() => globalThis.matcher.requests());
  const kinds = new Set(told.map(({ kind }) => kind));
  for (const kind of ['runtime', 'catalogue', 'photo', 'words', 'pictures']) assert.ok(kinds.has(kind), `expected ${kind} in ${[...kinds]}`);
  const toldOf = new Map(told.map((each) => [new URL(each.url).pathname, each]));
  for (const { path, sent } of host.asked.filter(({ path }) => path !== '/')) {
    assert.ok(toldOf.has(path), `expected ${path} among ${[...toldOf.keys()]}`);
    if (/\.(safetensors|tokenizer\.json)$/.test(path) && toldOf.get(path)) assert.equal(toldOf.get(path)?.from, 'network');
    assert.ok(sent === 0 || (toldOf.get(path)?.bytes ?? 0) > 0, path);
  }
  assert.deepEqual(told.map(({ at }) => at), told.map(({ at }) => at).sort((one, other) => one - other));
});
