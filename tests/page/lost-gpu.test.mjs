// A GPU can go away at any time: a driver is updated, a laptop changes its card, the browser's GPU process dies.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch } from './harness.mjs';
import { firstHit, load, startHost } from './host.mjs';

// An answer that never comes would otherwise hang the run.
const timeout = 300_000;
const TITLE = 'Instant Camera';

for (const network of ['there', 'gone', 'switched off']) {
  test(`a GPU that dies between two searches costs no answer where the network is ${network}`, { timeout }, async (t) => {
    const browser = await launch();
    const host = await startHost();
    t.after(() => browser.close().then(host.stop));
    const page = await (await browser.newContext()).newPage();
    await page.goto(host.url);
    assert.equal(await load(page, { device: 'webgpu' }), null);
    const device = () => page.evaluate(() => globalThis.matcher.info().device);
    assert.equal(await firstHit(page, TITLE), TITLE);
    assert.equal(await device(), 'webgpu');
    if (network === 'gone') host.stop();
    if (network === 'switched off') await page.evaluate(() => (globalThis.matcher.offline = true));
    host.asked.length = 0;
    const session = await browser.newBrowserCDPSession();
    // Without an answer: the process that would give it is the one that ends.
    session.send('Browser.crashGpuProcess').catch(() => {});
    assert.equal(await firstHit(page, TITLE), TITLE);
    assert.equal(await device(), 'cpu');
    assert.match(await page.evaluate(() => globalThis.matcher.info().reason), /the GPU failed: .+/);
    assert.deepEqual(host.asked, [], 'the packs are taken from the store');
  });
}
