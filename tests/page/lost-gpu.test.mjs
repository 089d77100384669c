// A GPU can go away at any time: a driver is updated, a laptop changes its card, the browser's GPU process dies.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPage, ready, samples } from './harness.mjs';
import { openShop } from './shop.mjs';

const shop = openShop();

test('a GPU that dies between two searches costs no answer: the packs are fetched again for the CPU', async () => {
  const { page } = await openPage(shop.browser, `${shop.server.url}?device=webgpu`);
  await ready(page);
  const [{ title }] = await samples(page);
  const search = () => page.evaluate(async (title) => {
    const { device, hits } = await (await globalThis.twinlens.matcher).match({ title });
    return { device, title: hits[0].title };
  }, title);
  assert.deepEqual(await search(), { device: 'webgpu', title });
  const session = await shop.browser.newBrowserCDPSession();
  // Without an answer: the process that would give it is the one that ends.
  session.send('Browser.crashGpuProcess').catch(() => {});
  assert.deepEqual(await search(), { device: 'cpu', title });
  const info = await page.evaluate(async () => (await globalThis.twinlens.matcher).info());
  assert.match(info.reason, /the GPU failed: .+/);
});
