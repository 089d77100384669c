// The page of a published shop opens without a network, and never with files of two versions. The shop here is two files, each of
// which says its version.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { checkout, launch } from './harness.mjs';

const TEMPLATE = readFileSync(`${checkout}www/service-worker.js`, 'utf8');

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launch({ webgpu: false });
});
after(() => browser?.close());

/** @param {string} version @returns {Record<string, string>} */
function filesOf(version) {
  const files = {
    '': `<!doctype html><title>${version}</title><script type="module" src="app.js"></script><output></output>`,
    'app.js': `
      import { keepPage } from './client/offline.js';
      globalThis.registered = keepPage('./service-worker.js');
      document.querySelector('output').textContent = '${version}';`,
    'client/offline.js': readFileSync(`${checkout}www/client/offline.js`, 'utf8'),
    'client/script-url.js': readFileSync(`${checkout}www/client/script-url.js`, 'utf8'),
  };
  const entries = Object.entries(files).map(([name, text]) => ({
    file: name || './',
    sha256: createHash('sha256').update(text).digest('hex'),
  }));
  return { ...files, 'service-worker.js': TEMPLATE.replace(/^.*/, `const SHELL = ${JSON.stringify({ version, files: entries })};`) };
}

/** A host whose files can be exchanged. @param {Record<string, string>} files */
async function startHost(files) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://host');
    const text = host.files[pathname.slice('/shop/'.length).replace(/^index\.html$/, '')];
    response.setHeader('content-type', pathname.endsWith('.js') ? 'text/javascript' : 'text/html');
    response.setHeader('cache-control', 'max-age=600');
    if (text === undefined) response.writeHead(404).end();
    else response.end(text);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  const host = { url: `http://127.0.0.1:${port}/shop/`, files, stop };
  return host;
}

/** @param {import('playwright-core').Page} page @param {string} url */
async function versions(page, url) {
  await page.goto(url);
  const output = page.locator('output:not(:empty)');
  return [await page.title(), await output.textContent()];
}

/** @param {import('playwright-core').Page} page */
const installed = (page) => page.evaluate(async () => {
  if (!(await globalThis.registered)) throw new Error('expected a service worker, found none');
  await navigator.serviceWorker.ready;
});

test('after a first visit the page opens without a network, whatever stands behind its address', async (t) => {
  const host = await startHost(filesOf('one'));
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  assert.deepEqual(await versions(page, host.url), ['one', 'one']);
  await installed(page);
  host.stop();
  assert.deepEqual(await versions(page, host.url), ['one', 'one']);
  assert.deepEqual(await versions(page, `${host.url}index.html?device=cpu#words`), ['one', 'one']);
});

test('a new version is taken as a whole, once no page of the old one is open', { timeout: 60_000 }, async (t) => {
  const host = await startHost(filesOf('one'));
  const context = await browser.newContext();
  t.after(() => context.close().then(host.stop));
  const first = await context.newPage();
  await versions(first, host.url);
  await installed(first);
  // From here on the old version has a page that its service worker serves.
  await versions(first, host.url);
  host.files = filesOf('two');
  const waits = () => first.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    await registration.update();
    const coming = registration.installing ?? registration.waiting;
    if (!coming) throw new Error('expected a new version, found none');
    while (coming.state !== 'installed') await new Promise((resolve) => coming.addEventListener('statechange', resolve, { once: true }));
  });
  await waits();
  const second = await context.newPage();
  assert.deepEqual(await versions(second, host.url), ['one', 'one']);
  await second.close();
  // The browser takes a moment to see that a page has gone; until then it opens the old version, whole.
  let shown;
  do {
    await first.goto('about:blank');
    shown = await versions(first, host.url);
    assert.equal(shown[0], shown[1]);
  } while (shown[0] !== 'two');
  const caches = await first.evaluate(async () => (await globalThis.caches.keys()).filter((name) => name.startsWith('twinlens-page')));
  assert.deepEqual(caches.map((name) => name.split(' ').at(-1)), ['two']);
});

test('a host that is half way through an upload does not become a version', async (t) => {
  const host = await startHost({ ...filesOf('one'), 'app.js': filesOf('two')['app.js'] });
  const context = await browser.newContext();
  t.after(() => context.close().then(host.stop));
  const page = await context.newPage();
  await versions(page, host.url);
  const state = await page.evaluate(async () => {
    await globalThis.registered;
    const { installing } = (await navigator.serviceWorker.getRegistration()) ?? {};
    while (installing && installing.state !== 'redundant') await new Promise((resolve) => installing.addEventListener('statechange', resolve, { once: true }));
    return { active: Boolean((await navigator.serviceWorker.getRegistration())?.active), caches: await caches.keys() };
  });
  assert.deepEqual(state, { active: false, caches: [] });
});

test('requests for what is not the page go their way', async (t) => {
  const host = await startHost({ ...filesOf('one'), 'catalogue.json': '1' });
  const context = await browser.newContext();
  t.after(() => context.close().then(host.stop));
  const page = await context.newPage();
  await versions(page, host.url);
  await installed(page);
  await versions(page, host.url);
  host.files['catalogue.json'] = '2';
  const text = () => page.evaluate(async () => (await fetch('catalogue.json', { cache: 'no-cache' })).text());
  assert.equal(await text(), '2');
});
