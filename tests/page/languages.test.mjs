// What the page says, in every language that it has.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { Text } from '../../www/search/text.js';
import { checkout, openPage, samples } from './harness.mjs';
import { answerTo, choosePhoto, keepScreenshot, samplePath, verdict, words } from './query.mjs';
import { openShop } from './shop.mjs';

const shop = openShop();
const codes = readdirSync(`${checkout}www/lang`).map((file) => file.replace('.js', ''));
/** Words of engineers, which no shopper needs to know. */
const JARGON = /\b(cosine|fingerprint|encoder|embedding|shard|vector|lane|no-match|sha-256|hash|tokens?|wasm|webgpu)\b/i;

/** @param {string} code @returns {Promise<import('../../www/search/text.js').Strings>} */
const strings = async (code) => (await import(`../../www/lang/${code}.js`)).default;

for (const code of codes) {
  test(`${code} has every string, every placeholder and every plural form`, async () => {
    const [own, english] = [await strings(code), await strings('en')];
    assert.deepEqual(Object.keys(own).filter((key) => key !== 'direction').sort(), Object.keys(english).sort());
    const forms = new Intl.PluralRules(code).resolvedOptions().pluralCategories;
    for (const [key, entry] of Object.entries(own)) {
      const placeholders = (/** @type {string} */ text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
      const reference = english[key];
      if (typeof entry === 'string') {
        assert.deepEqual(placeholders(entry), placeholders(typeof reference === 'string' ? reference : reference.other), key);
      } else {
        for (const form of forms) assert.ok(form in entry, `${key}: expected a form for ${form}`);
      }
    }
  });

  test(`${code} has no word of an engineer`, async () => {
    const found = Object.entries(await strings(code)).filter(([, entry]) => JARGON.test(typeof entry === 'string' ? entry : Object.values(entry).join(' ')));
    assert.deepEqual(found, []);
  });
}

test('every string that the code names is there', async () => {
  const english = await strings('en');
  const files = readdirSync(`${checkout}www/search`, { recursive: true }).map(String).filter((file) => file.endsWith('.js'));
  const named = files.flatMap((file) => [...readFileSync(`${checkout}www/search/${file}`, 'utf8').matchAll(/say\('([^'`$]+)'/g)].map(([, key]) => key));
  assert.ok(named.length > 60, `expected the keys of all files, found ${named.length}`);
  assert.deepEqual(named.filter((key) => !(key in english)), []);
});

test('counts take the plural form of their language', async () => {
  const english = new Text('en', await strings('en'));
  assert.deepEqual([1, 2, 1000].map((count) => english.say('products', { count })), ['1 product', '2 products', '1,000 products']);
  assert.equal(new Text('de', await strings('de')).say('products', { count: 1000 }), '1.000 Produkte');
});

test('the page speaks another language at once, with the answer that stands', async (t) => {
  const { page, context, trouble } = await openPage(shop.browser, `${shop.server.url}?device=cpu`);
  t.after(() => context.close());
  const [{ file }] = await samples(page);
  await answerTo(page, async () => choosePhoto(page, samplePath(file)));
  await page.getByRole('link', { name: 'Deutsch' }).click();
  await verdict(page).filter({ hasText: 'Das ist es' }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'de');
  await page.getByText('Beispielladen').waitFor();
  await page.getByRole('navigation', { name: 'Sprache' }).waitFor();
  await page.getByRole('link', { name: 'Bahasa Indonesia' }).click();
  await verdict(page).filter({ hasText: 'Ini dia' }).waitFor();
  assert.deepEqual(trouble, []);
});

test('a browser in German finds the page in German', async (t) => {
  const { page, context } = await openPage(shop.browser, shop.server.url, undefined, { locale: 'de-DE' });
  t.after(() => context.close());
  await page.getByText('Zeigen oder sagen').waitFor();
});

test('in a page that is written from right to left everything is mirrored but the photo', async (t) => {
  const { page, context } = await openPage(shop.browser, `${shop.server.url}?device=cpu`);
  t.after(() => context.close());
  await page.evaluate(() => (document.documentElement.dir = 'rtl'));
  const [{ file }] = await samples(page);
  await answerTo(page, async () => choosePhoto(page, samplePath(file)));
  const [photo, lens] = await Promise.all(['.photo', '.lens'].map((selector) => page.locator(selector).boundingBox()));
  assert.ok(photo && lens && photo.x > lens.x, 'expected the photo at the right');
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0);
  await page.locator('.photo').click();
  const edges = async () => {
    const [stage, region] = await Promise.all(['.stage-photo', '.region'].map((selector) => page.locator(selector).boundingBox()));
    if (!stage || !region) throw new Error('expected the photo and the part of it on the page');
    return { left: (region.x - stage.x) / stage.width, right: (stage.x + stage.width - region.x - region.width) / stage.width };
  };
  await answerTo(page, () => page.locator('.region').press('ArrowRight'));
  const { left, right } = await edges();
  assert.ok(Math.abs(left - 0.12) < 0.01 && Math.abs(right - 0.08) < 0.01, `expected the part moved to the right, found ${left} at the left and ${right} at the right`);
  await page.locator('.region').press('Escape');
  await words(page).fill('כיסא');
  assert.equal(await words(page).evaluate((input) => getComputedStyle(input).direction), 'rtl');
  await keepScreenshot(page, 'right-to-left', { fullPage: true });
});
