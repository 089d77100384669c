// Shops of other kinds than the demo's. Where one can be asked by words alone, or by photos alone, the other is not offered, and told
// where it is given all the same. Where listings have pages of their own, cards lead there.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { violations } from './axe.mjs';
import { binary, checkout, launch, openPage, startServer } from './harness.mjs';
import { answerTo, choosePhoto, words } from './query.mjs';

const LISTINGS = [['camera', 'Instant camera'], ['chair', 'Modern chair'], ['laptop', 'Laptop']];
const PHOTO = `${checkout}www/demo/photos/camera.jpg`;

/** @type {string} */
let folder;
/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinlens-shops-'));
  const rows = LISTINGS.map(([id, title]) => `${id},${id}.jpg,${title},/favicon.svg?of=${id}&x=2\n`);
  await writeFile(`${folder}/listings.csv`, `posting_id,image,title,url\n${rows.join('')}`);
  browser = await launch({ webgpu: false });
});
after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

/** The page of a shop with some encoders, after a first touch. @param {import('node:test').TestContext} t @param {string} encoders */
async function openShop(t, encoders) {
  const catalogue = `${folder}/${encoders}`;
  const build = ['build', `${folder}/listings.csv`, '--images', 'www/demo/photos', '--models', 'models', '--encoders', encoders, '--out', catalogue];
  await promisify(execFile)(binary, build, { cwd: checkout });
  const server = await startServer({ catalogue });
  const { page, context, trouble } = await openPage(browser, `${server.url}?device=cpu`);
  t.after(() => context.close().then(server.stop));
  await words(page).focus();
  await page.evaluate(async () => (await /** @type {any} */ (document.querySelector('twinlens-search')).matcher));
  return { page, trouble };
}

test('a shop that is searched by words offers no photo, and leaves one out that is given', async (t) => {
  const { page, trouble } = await openShop(t, 'e5-table');
  await page.locator('[part~=camera]').waitFor({ state: 'hidden' });
  await choosePhoto(page, PHOTO);
  await page.getByRole('alert').getByText('This shop is searched by words').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Retry' }).count(), 0);
  const { titles } = await answerTo(page, () => words(page).fill('Laptop'));
  assert.equal(titles[0], 'Laptop');
  await page.getByText('the photo is left out').waitFor();
  assert.deepEqual(trouble, []);
});

test('a shop that is searched by photos answers a photo, and leaves words out', async (t) => {
  const { page, trouble } = await openShop(t, 'efficientnet-lite0');
  await words(page).fill('Laptop');
  await page.getByRole('alert').getByText('This shop is searched by photos').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Retry' }).count(), 0);
  const { titles } = await answerTo(page, () => choosePhoto(page, PHOTO));
  assert.equal(titles[0], 'Instant camera');
  await page.getByText('the words are left out').waitFor();
  assert.deepEqual(trouble, []);
});

test('a card leads to the page of its listing, and says so to everyone', async (t) => {
  const { page } = await openShop(t, 'efficientnet-lite0,e5-table');
  await answerTo(page, () => words(page).fill('Modern chair'));
  const card = page.getByRole('link', { name: /Laptop/ });
  assert.equal(await card.getAttribute('href'), '/favicon.svg?of=laptop&x=2');
  assert.deepEqual(await violations(page), []);
  const gone = page.waitForURL('**/favicon.svg?of=chair&x=2');
  await page.getByRole('link', { name: 'See it in the shop' }).click();
  await gone;
});
