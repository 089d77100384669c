// What a match and info() give, and what a query may ask for beside a photo and a title.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkout, openPage, ready, samples } from './harness.mjs';
import { openShop } from './shop.mjs';

const compiler = `${checkout}tests/page/node_modules/typescript/bin/tsc`;

/** An answer to a photo, a title and a price, with the thumbnails left out, and `info()`. @type {{ answer: any, info: any }} */
let given;
/** @type {import('playwright-core').Page} */
let page;
openShop(async ({ server, browser }) => {
  ({ page } = await openPage(browser, `${server.url}?device=cpu`));
  await ready(page);
  given = await page.evaluate(async ({ file, title }) => {
    const matcher = await globalThis.twinlens.matcher;
    const photo = await (await fetch(file)).blob();
    const answer = await matcher.match({ photo, title, price: 1000 });
    return { answer: { ...answer, hits: answer.hits.map((hit) => ({ ...hit, thumbnail: null })) }, info: matcher.info() };
  }, (await samples(page))[0]);
});

/** The names of all properties, at any depth. @param {any} value @returns {string[]} */
function names(value) {
  if (typeof value !== 'object' || value === null) return [];
  const own = Array.isArray(value) ? [] : Object.keys(value);
  return [...own, ...Object.values(value).flatMap(names)];
}

test('every name in an answer and in info() is in camelCase, the alias log_odds excepted', () => {
  const found = names(given);
  assert.ok(found.includes('logOdds') && found.includes('colourHistogram'), `expected logOdds and colourHistogram, found ${found}`);
  assert.deepEqual(found.filter((name) => name !== 'log_odds' && !/^[a-z][a-zA-Z0-9]*$/.test(name)), []);
});

test('neighbours and categories keep to a filter, and the category that is asked for stands before the filter\'s', async () => {
  const { near, shelf } = await page.evaluate(async () => {
    const matcher = await globalThis.twinlens.matcher;
    const filter = { category: 'Plants', maxPrice: 50 };
    const { hits: [{ id }] } = await matcher.browse('Footwear', { limit: 1 });
    return { near: (await matcher.similar(id, { limit: 50, filter })).hits, shelf: await matcher.browse('Furniture', { limit: 50, filter }) };
  });
  assert.ok(near.length > 0 && shelf.hits.length > 0, `expected listings of both, found ${near.length} and ${shelf.hits.length}`);
  assert.deepEqual(near.filter(({ category, price }) => category !== 'Plants' || price > 50), []);
  assert.deepEqual(shelf.hits.filter(({ category, price }) => category !== 'Furniture' || price > 50), []);
  assert.equal(shelf.total, shelf.hits.length);
});

test('the alias log_odds is logOdds', () => {
  assert.ok(given.answer.hits.length > 1, 'expected several hits');
  for (const { logOdds, log_odds: alias } of given.answer.hits) assert.equal(alias, logOdds);
});

const skip = !existsSync(compiler) && `skipped: ${compiler} not there`;
test('an answer and info() have the properties that twinlens.d.ts declares and no others', { skip }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'twinlens-types-'));
  t.after(() => rmSync(folder, { recursive: true }));
  // The compiler compares the properties of a literal with its type, in both directions.
  const source = `import type { Info, MatchResult } from '${checkout}www/twinlens.js';
    export const answer: MatchResult = ${JSON.stringify(given.answer)};
    export const info: Info = ${JSON.stringify(given.info)};`;
  writeFileSync(join(folder, 'given.mts'), source);
  const options = ['--noEmit', '--strict', '--target', 'esnext', '--module', 'nodenext', '--types', ''];
  const { status, stdout } = spawnSync(process.execPath, [compiler, ...options, join(folder, 'given.mts')], { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, stdout);
});

/** The ids, categories not being part of an answer, with the prices. @param {object} query @returns {Promise<{ id: string, price: number }[]>} */
function search(query) {
  return page.evaluate(async (query) => {
    const { hits } = await (await globalThis.twinlens.matcher).match(query);
    return hits.map(({ id, price }) => ({ id, price }));
  }, query);
}

test('a filter by category keeps the listings of that category', async () => {
  const found = await search({ title: 'laptop', limit: 50, filter: { category: 'Footwear' } });
  assert.equal(found.length, 6);
});

test('a filter by price keeps the listings between its bounds', async () => {
  const found = await search({ title: 'laptop', limit: 50, filter: { minPrice: 100, maxPrice: 400 } });
  assert.ok(found.length > 0);
  for (const { id, price } of found) assert.ok(price >= 100 && price <= 400, `expected a price from 100 to 400, found ${price} of ${id}`);
});

test('a price counts as evidence', async () => {
  const lane = (/** @type {number} */ price) => page.evaluate(async (price) => {
    const { hits } = await (await globalThis.twinlens.matcher).match({ title: 'laptop', price });
    return hits[0].lanes.price;
  }, price);
  const [same, double] = [await lane(1299), await lane(2598)];
  assert.ok(double < same, `expected a lower value for twice the listing's price, found ${double} and ${same}`);
});

test('a GTIN with a wrong check digit is a bad argument', async () => {
  const error = await page.evaluate(async () =>
    (await globalThis.twinlens.matcher).match({ title: 'laptop', gtin: '4006381333932' }).catch(({ code, message }) => ({ code, message })));
  assert.equal(error.code, 'bad-argument');
  assert.match(error.message, /^gtin: expected .+ found /);
});

test('the worker, too, names an unknown key', async () => {
  // What the package's own checks would not let through.
  const error = await page.evaluate(() => new Promise((resolve) => {
    const worker = new Worker('worker.js', { type: 'module' });
    const base = document.baseURI;
    const options = { models: new URL('models/', base).href, catalogue: new URL('catalogue/', base).href, device: 'cpu' };
    worker.onmessage = ({ data: { id, progress, error } }) => {
      if (id === 1 && !progress) worker.postMessage({ id: 2, call: 'match', argument: { title: 'laptop', filter: { min_price: 3 } } });
      if (id === 2) resolve(error);
    };
    worker.postMessage({ id: 1, call: 'load', argument: options });
  }));
  assert.equal(error.code, 'bad-argument');
  assert.match(error.message, /min_price/);
});

test('a title that ends in half a character is searched without it', async () => {
  const [{ id }] = await search({ title: 'laptop \ud83d' });
  assert.equal(id, 'laptop');
});
