// The browser and the native program must give the same vectors: catalogues are built by one and searched by the other.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { binary, checkout, openPage, ready } from './harness.mjs';
import { openShop } from './shop.mjs';

const SHARED = `${checkout}../shared/`;
const TITLE_ENCODER = 'e5-small-latin';
const PHOTO_ENCODER = 'efficientnet-lite0';
/** Its vectors rank the first answers to words; `embedTitle` gives those of the encoder that refines them. */
const PRELIMINARY_ENCODER = 'e5-table';
const LEAST_COSINE = { cpu: 0.999, webgpu: 0.998 };
/** How many listings of each shop, evenly spread, join the golden ones. */
const LISTINGS_EACH = 6;

const absent = ['golden/titles.json', 'golden/photos.safetensors', 'data/grocery/listings.csv', 'data/apparel/listings.csv']
  .filter((file) => !existsSync(SHARED + file));
const skip = absent.length > 0 && `skipped: ${absent.map((file) => `../shared/${file}`).join(', ')} not beside the checkout`;

describe('the browser agrees with the native program', { skip }, () => {
  /** By title, by file; null where the native program refuses. @type {Map<string, number[] | null>} */
  const nativeTitles = new Map();
  /** @type {Map<string, number[] | null>} */
  const nativePhotos = new Map();

  const shop = openShop(async () => {
    for (const title of titles()) nativeTitles.set(title, await embedNatively(TITLE_ENCODER, '--title', title));
    for (const file of photos()) nativePhotos.set(file, await embedNatively(PHOTO_ENCODER, '--photo', file));
  });

  for (const device of ['cpu', 'webgpu']) {
    describe(`on ${device}`, () => {
      /** @type {import('playwright-core').Page} */
      let page;
      before(async () => {
        ({ page } = await openPage(shop.browser, `${shop.server.url}?device=${device}`));
        await ready(page);
        const packs = await page.evaluate(async () => (await globalThis.twinlens.matcher).info().packs.map(({ name }) => name));
        assert.deepEqual(packs.sort(), [TITLE_ENCODER, PRELIMINARY_ENCODER, PHOTO_ENCODER].sort());
      });
      after(() => page?.context().close());

      test(`title vectors at cosine ${LEAST_COSINE[device]} or more, and the same titles refused`, async () => {
        for (const [title, expected] of nativeTitles) compare(device, title, expected, await embedTitle(page, title));
      });

      test(`photo vectors at cosine ${LEAST_COSINE[device]} or more`, async () => {
        for (const [file, expected] of nativePhotos) {
          assert.ok(expected, `expected the native program to read ${file}`);
          compare(device, file, expected, await embedPhoto(page, readFileSync(file)));
        }
      });
    });
  }
});

/** @param {keyof typeof LEAST_COSINE} device @param {string} what @param {number[] | null | undefined} native @param {number[] | null} inBrowser */
function compare(device, what, native, inBrowser) {
  if (!native || !inBrowser) return assert.equal(inBrowser, native, `only one of the two refuses ${JSON.stringify(what)}`);
  assert.equal(inBrowser.length, native.length, what);
  const cosine = dot(native, inBrowser) / Math.sqrt(dot(native, native) * dot(inBrowser, inBrowser));
  assert.ok(cosine >= LEAST_COSINE[device], `${JSON.stringify(what)}: expected a cosine of ${LEAST_COSINE[device]}, found ${cosine}`);
}

/** @param {number[]} a @param {number[]} b */
function dot(a, b) {
  return a.reduce((sum, value, index) => sum + value * b[index], 0);
}

function titles() {
  const golden = JSON.parse(readFileSync(`${SHARED}golden/titles.json`, 'utf8')).rows.map((/** @type {any} */ row) => row.title);
  return [...golden, ...listings('grocery', 'title'), ...listings('apparel', 'title')];
}

function photos() {
  const golden = ['grocery/val/000.jpg', 'grocery/val/100.jpg', 'grocery/catalogue/Golden-Delicious.jpg', 'apparel/mh01-black_main.jpg', 'apparel/mh01-gray_back.jpg'];
  const spread = ['grocery', 'apparel'].flatMap((shop) => listings(shop, 'image').map((image) => `${shop}/${image}`));
  return [...golden, ...spread].map((file) => `${SHARED}data/${file}`);
}

/** One column of a few rows; none of these files has quoted fields before `label_group`. @param {string} shop @param {string} column */
function listings(shop, column) {
  const [header, ...rows] = readFileSync(`${SHARED}data/${shop}/listings.csv`, 'utf8').trim().split('\n');
  const index = header.split(',').indexOf(column);
  const step = Math.floor(rows.length / LISTINGS_EACH);
  return rows.filter((row, at) => at % step === 0 && !row.includes('"')).slice(0, LISTINGS_EACH).map((row) => row.split(',')[index]);
}

/** @param {string} encoder @param {'--title' | '--photo'} flag @param {string} value */
async function embedNatively(encoder, flag, value) {
  try {
    const { stdout } = await promisify(execFile)(binary, ['embed', flag, value, '--encoder', encoder, '--device', 'cpu', '--json'], { cwd: checkout });
    return JSON.parse(stdout).embedding;
  } catch (error) {
    // Exit code 1 is an input it refuses; anything else is a fault of the program or of this test.
    if (error.code === 1) return null;
    throw error;
  }
}

/** @param {import('playwright-core').Page} page @param {string} title @returns {Promise<number[] | null>} */
function embedTitle(page, title) {
  return page.evaluate(async (title) => {
    const matcher = await globalThis.twinlens.matcher;
    return matcher.embedTitle(title).then((vector) => [...vector], (error) => (error.code === 'bad-title' ? null : Promise.reject(error)));
  }, title);
}

/** @param {import('playwright-core').Page} page @param {Buffer} bytes @returns {Promise<number[]>} */
function embedPhoto(page, bytes) {
  return page.evaluate(async (base64) => {
    const matcher = await globalThis.twinlens.matcher;
    return [...(await matcher.embedPhoto(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))))];
  }, bytes.toString('base64'));
}
