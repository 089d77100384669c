import { after, before } from 'node:test';
import { launch, startServer } from './harness.mjs';

/**
 * The demo's shop and a browser for all tests of a file or a `describe`. Both are there once the tests run.
 *
 * @typedef {{ server: Awaited<ReturnType<typeof startServer>>, browser: import('playwright-core').Browser }} Shop
 * @param {(shop: Shop) => Promise<unknown>} [prepare] what else there must be: a second `before` of a file does not wait for this one
 * @returns {Shop}
 */
export function openShop(prepare) {
  const shop = /** @type {any} */ ({});
  before(async () => {
    shop.server = await startServer();
    shop.browser = await launch();
    await prepare?.(shop);
  });
  after(async () => {
    await shop.browser?.close();
    shop.server?.stop();
  });
  return shop;
}
