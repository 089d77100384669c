// Static hosts let browsers keep files for a day or a year. A catalogue that was built anew must show all the same, and a
// file that was damaged on its way once must not be refused for as long as the cache keeps it.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { after, before, test } from 'node:test';
import { checkout, launch, openPage, ready } from './harness.mjs';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.json': 'application/json' };
const PACK = '/models/efficientnet-lite0.safetensors';

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launch({ webgpu: false });
});
after(() => browser?.close());

/**
 * A host whose answers may all be kept for a year. `answer` may take a request over: it gets the path, how often it was
 * asked for, and a function that sends bytes.
 *
 * @param {string} catalogue folder of the catalogue
 * @param {(path: string, times: number, send: (bytes: Buffer) => void) => boolean} [answer]
 */
async function startCachingHost(catalogue, answer = () => false) {
  /** @type {Map<string, number>} */
  const requests = new Map();
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://host').pathname);
    const times = (requests.get(path) ?? 0) + 1;
    requests.set(path, times);
    response.setHeader('cache-control', 'public, max-age=31536000');
    const file = path.startsWith('/catalogue/') ? join(catalogue, path.slice('/catalogue/'.length))
      : path.startsWith('/models/') ? join(checkout, path)
      : join(checkout, 'www', path === '/' ? 'index.html' : path);
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    if (answer(path, times, (bytes) => response.end(bytes))) return;
    createReadStream(file).on('error', () => response.writeHead(404).end()).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}/?device=cpu`, requests, stop: () => server.close() };
}

/** A manifest that is sound, but whose shard is no longer on the host. @param {string} manifest */
function ofGoneShard(manifest) {
  const ownHash = /(?<="self_sha256": ")[0-9a-f]{64}/;
  const unsigned = manifest.replace(/shard-\w+-\w+\.safetensors/, 'shard-gone.safetensors').replace(ownHash, '0'.repeat(64));
  return unsigned.replace(ownHash, createHash('sha256').update(unsigned).digest('hex'));
}

test('a manifest that the browser has kept does not hide a catalogue that was built anew', async (t) => {
  const catalogue = await mkdtemp(join(tmpdir(), 'twinlens-catalogue-'));
  await cp(`${checkout}www/demo/catalogue`, catalogue, { recursive: true });
  const old = ofGoneShard(readFileSync(join(catalogue, 'catalogue.json'), 'utf8'));
  let isOld = true;
  const host = await startCachingHost(catalogue, (path, _, send) => {
    if (!isOld || path !== '/catalogue/catalogue.json') return false;
    send(Buffer.from(old));
    return true;
  });
  t.after(async () => {
    host.stop();
    await rm(catalogue, { recursive: true });
  });
  const { page, context } = await openPage(browser, host.url);
  t.after(() => context.close());
  await assert.rejects(ready(page), /404 in .*shard-gone/);
  isOld = false;
  // Not `page.reload()`, which asks past the cache by itself.
  await page.goto('about:blank');
  await page.goto(host.url);
  await ready(page);
});

test('a pack that was damaged on its way once is fetched again past the cache', async (t) => {
  const damaged = readFileSync(checkout + PACK);
  damaged[damaged.length - 1] ^= 1;
  const host = await startCachingHost(`${checkout}www/demo/catalogue`, (path, times, send) => {
    if (path !== PACK || times > 1) return false;
    send(damaged);
    return true;
  });
  t.after(host.stop);
  const { page, context } = await openPage(browser, host.url);
  t.after(() => context.close());
  await ready(page);
  assert.equal(host.requests.get(PACK), 2);
  const { packs, bytes } = await page.evaluate(async () => (await globalThis.twinlens.matcher).info());
  assert.ok(bytes > packs[0].bytes);
});

test('packs and tokenizers are asked for by their content', async (t) => {
  const host = await startCachingHost(`${checkout}www/demo/catalogue`);
  t.after(host.stop);
  /** @type {URL[]} */
  const asked = [];
  const { page, context } = await openPage(browser, host.url, async (context) => {
    context.on('request', (request) => asked.push(new URL(request.url())));
  });
  t.after(() => context.close());
  await ready(page);
  const { packs } = await page.evaluate(async () => (await globalThis.twinlens.matcher).info());
  const ofModels = asked.filter(({ pathname }) => pathname.startsWith('/models/'));
  for (const { name, fingerprint } of packs) {
    const pack = ofModels.find(({ pathname }) => pathname === `/models/${name}.safetensors`);
    assert.equal(pack?.searchParams.get('v'), fingerprint);
  }
  assert.ok(ofModels.every(({ searchParams }) => /^[0-9a-f]{64}$/.test(searchParams.get('v') ?? '')), ofModels.join('\n'));
});
