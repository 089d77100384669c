// What goes wrong is said in a shopper's sentence, with the engineer's line under Details, and Retry helps.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { openPage, samples } from './harness.mjs';
import { answerTo, choosePhoto, keepScreenshot, samplePath, shownTitles, verdict, words } from './query.mjs';
import { openShop } from './shop.mjs';

const shop = openShop();

/** @param {import('node:test').TestContext} t @param {Parameters<typeof openPage>[2]} [prepare] */
async function freshPage(t, prepare) {
  const open = await openPage(shop.browser, `${shop.server.url}?device=cpu`, prepare);
  t.after(() => open.context.close());
  await words(open.page).waitFor();
  return open;
}

test('a bad photo shows its error on the page, and the next good one takes it away', async (t) => {
  const { page, trouble } = await freshPage(t);
  await choosePhoto(page, { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('not a photo') });
  await page.getByRole('alert').getByText('This photo cannot be read').waitFor();
  assert.equal(await page.locator('.photo').isVisible(), false);
  await page.getByText('Details').click();
  assert.match(await page.locator('.engineer').innerText(), /^bad-photo: photo: expected .+ found /);
  const [{ file, title }] = await samples(page);
  await answerTo(page, () => choosePhoto(page, samplePath(file)));
  assert.equal((await shownTitles(page))[0], title);
  assert.equal(await page.getByRole('alert').count(), 0);
  assert.deepEqual(trouble, []);
});

test('words that cannot be read are said so, and better ones are answered', async (t) => {
  const { page } = await freshPage(t);
  await words(page).fill('👟🎉🎉');
  await page.getByRole('alert').getByText('These words cannot be read').waitFor();
  await answerTo(page, () => words(page).fill('tripod'), { partial: true });
  assert.equal(await page.getByRole('alert').count(), 0);
});

test('words in letters that the shop does not know are told, not refused in silence', async (t) => {
  const { page } = await freshPage(t);
  await answerTo(page, () => words(page).fill('camera กล้อง'));
  await page.locator('.notes').getByText('กล้อง').waitFor();
});

test('where the shop does not arrive the page says so, and Retry helps', async (t) => {
  let broken = true;
  const { page } = await freshPage(t, (context) => context.route('**/catalogue/catalogue.json*', (route) => (broken ? route.fulfill({ status: 404 }) : route.continue())));
  await words(page).fill('tripod');
  await page.getByRole('alert').getByText('Connection lost').waitFor();
  await page.getByText('Your words are still here.').waitFor();
  await keepScreenshot(page, 'error-laptop');
  broken = false;
  const { titles } = await answerTo(page, () => page.getByRole('button', { name: 'Retry' }).click(), { partial: true });
  assert.equal(titles[0], 'Tripod');
});

test('an encoder of words that does not arrive leaves the answer standing, with a way to try again', async (t) => {
  let broken = true;
  const { page } = await freshPage(t, (context) => context.route(/\/models\/e5-small-latin\.safetensors/, (route) => (broken ? route.fulfill({ status: 404 }) : route.continue())));
  await answerTo(page, () => words(page).fill('tripod'), { partial: true });
  await page.getByText('the rest did not arrive').waitFor();
  await verdict(page).waitFor();
  broken = false;
  const { complete } = await answerTo(page, () => page.getByRole('button', { name: /^Read more closely/ }).click());
  assert.ok(complete);
});

test('a catalogue with an altered shard is refused, and the engineer finds both hashes', async (t) => {
  /** @type {string[]} */
  let hashes = [];
  const { page } = await freshPage(t, (context) =>
    context.route(/\/catalogue\/shard-.*\.safetensors/, async (route) => {
      const response = await route.fetch();
      const altered = Buffer.from(await response.body());
      hashes = [sha256(altered)];
      altered[altered.length - 1] ^= 1;
      hashes.push(sha256(altered));
      await route.fulfill({ response, body: altered });
    }),
  );
  await words(page).fill('tripod');
  await page.getByRole('alert').getByText('Something arrived damaged').waitFor();
  await page.getByText('Details').click();
  const line = await page.locator('.engineer').innerText();
  assert.equal(hashes.length, 2, 'expected a shard to be fetched');
  for (const hash of hashes) assert.ok(line.includes(hash.slice(0, 12)), `expected ${hash} in: ${line}`);
  assert.match(line, /^bad-shard/);
});

test('a search that has stopped starts anew with Retry', async (t) => {
  const { page } = await freshPage(t);
  await answerTo(page, () => words(page).fill('tripod'));
  await page.evaluate(async () => (await document.querySelector('twinlens-search').matcher).close());
  await words(page).fill('camera');
  await page.getByRole('alert').getByText('The search has stopped').waitFor();
  const { titles } = await answerTo(page, () => page.getByRole('button', { name: 'Retry' }).click());
  assert.match(titles[0], /camera/i);
});

test('what works offline does so after Retry, too', async (t) => {
  const { page } = await freshPage(t);
  await answerTo(page, () => words(page).fill('tripod'));
  await page.getByText('Stays on this device').first().click();
  await page.getByRole('switch', { name: /Work offline/ }).check();
  await page.evaluate(async () => (await document.querySelector('twinlens-search').matcher).close());
  await words(page).fill('camera');
  await page.getByRole('alert').getByText('The search has stopped').waitFor();
  await answerTo(page, () => page.getByRole('button', { name: 'Retry' }).click(), { partial: true });
  assert.equal(await page.evaluate(async () => (await document.querySelector('twinlens-search').matcher).offline), true);
  assert.ok(await page.getByRole('switch', { name: /Work offline/ }).isChecked());
});

/** @param {Buffer} bytes */
function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
