// The page for everyone: axe finds nothing in any state, in light, dark and forced colours, and the keyboard alone will do.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violations } from './axe.mjs';
import { openPage, samples } from './harness.mjs';
import { answerTo, choosePhoto, keepScreenshot, samplePath, shownTitles, tabTo, verdict, words } from './query.mjs';
import { openShop } from './shop.mjs';

const shop = openShop();

/** Each state, as a shopper comes to it from the one before. @type {[name: string, act: (page: import('playwright-core').Page) => Promise<unknown>][]} */
const STATES = [
  ['empty', (page) => page.locator('.sample img').last().waitFor()],
  ['touched', async (page) => {
    await words(page).focus();
    await page.locator('.chip').first().waitFor();
  }],
  ['category', async (page) => {
    await page.getByRole('button', { name: /^Footwear/ }).click();
    await page.locator('.grid .card').first().waitFor();
    await page.getByRole('button', { name: 'Back' }).click();
  }],
  ['could-be', (page) => answerTo(page, () => words(page).fill('running shoe'))],
  ['filter', (page) => page.getByText('Filter', { exact: true }).click()],
  ['not-here', (page) => answerTo(page, () => words(page).fill('electric guitar amplifier stand'))],
  ['match', async (page) => {
    await page.locator('.filters summary').click();
    await words(page).fill('');
    await answerTo(page, async () => choosePhoto(page, samplePath((await samples(page))[0].file)));
  }],
  ['why', async (page) => {
    await page.locator('.why summary').first().click();
    await page.locator('.details summary').first().click();
  }],
  ['privacy', (page) => page.getByText('Stays on this device').first().click()],
  ['conflict', (page) => answerTo(page, () => words(page).fill('Comfy Padded Chair'))],
  ['crop', (page) => page.getByRole('button', { name: /choose the part/ }).click()],
  ['like', async (page) => {
    await page.getByRole('group', { name: /The part that counts/ }).press('Escape');
    await answerTo(page, () => page.getByRole('button', { name: 'Only the photo' }).click());
    await page.locator('.swipe .more').first().click();
    await page.locator('.grid').waitFor();
  }],
  ['error', async (page) => {
    await page.getByRole('button', { name: 'Back to your answer' }).click();
    await choosePhoto(page, { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('not a photo') });
    await page.getByRole('alert').waitFor();
  }],
];

for (const [look, options] of /** @type {[string, import('playwright-core').BrowserContextOptions][]} */ ([
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['forced colours', { forcedColors: 'active' }],
])) {
  test(`axe finds nothing in ${look}`, async (t) => {
    const { page, context } = await openPage(shop.browser, `${shop.server.url}?device=cpu`, undefined, options);
    t.after(() => context.close());
    for (const [state, act] of STATES) {
      await t.test(state, async () => {
        await act(page);
        await keepScreenshot(page, `${state}-${look.replace(' ', '-')}`, { fullPage: true });
        assert.deepEqual(await violations(page), []);
      });
    }
  });
}

test('with the keyboard alone words find their product', async (t) => {
  const page = await freshPage(t);
  await tabTo(page, words(page));
  await answerTo(page, async () => {
    await page.keyboard.type('Instant Camera');
    await page.keyboard.press('Enter');
  });
  assert.equal((await shownTitles(page))[0], 'Instant Camera');
});

test('with the keyboard alone a photo is chosen, a part of it picked and the reasons opened', async (t) => {
  const page = await freshPage(t);
  const [{ file, title }] = await samples(page);
  // Asked for before the first key: keys reach the browser through another channel than this request and could overtake it,
  // and the dialog would open unnoticed. The evaluations between the keys use the request's channel, after it.
  const opened = page.waitForEvent('filechooser');
  await tabTo(page, page.getByRole('button', { name: 'Choose a picture' }));
  await page.keyboard.press('Space');
  const chooser = await opened;
  await answerTo(page, () => chooser.setFiles(samplePath(file)));
  assert.equal((await shownTitles(page))[0], title);
  await tabTo(page, page.getByRole('button', { name: /choose the part/ }), 'Shift+Tab');
  await page.keyboard.press('Enter');
  const region = page.getByRole('group', { name: /The part that counts/ });
  assert.ok(await region.evaluate((node) => /** @type {any} */ (node.getRootNode()).activeElement === node), 'expected the focus on the part');
  const box = async () => /** @type {{ x: number, width: number }} */ (await region.boundingBox());
  const start = await box();
  await answerTo(page, () => page.keyboard.press('ArrowRight'));
  assert.ok((await box()).x > start.x, 'expected the part to move');
  await answerTo(page, () => page.keyboard.press('Shift+ArrowLeft'));
  assert.ok((await box()).width < start.width, 'expected the part to shrink');
  await page.keyboard.press('Enter');
  await region.waitFor({ state: 'detached' });
  const why = page.locator('.why > summary').first();
  await tabTo(page, why);
  await page.keyboard.press('Enter');
  await page.locator('.lanes').first().waitFor();
});

test('an answer is announced, and the focus stays where it is', async (t) => {
  const page = await freshPage(t);
  await words(page).focus();
  await answerTo(page, () => page.keyboard.type('Instant Camera'));
  await page.getByRole('status').filter({ hasText: 'Instant Camera' }).waitFor({ state: 'attached' });
  assert.ok(await words(page).evaluate((node) => /** @type {any} */ (node.getRootNode()).activeElement === node));
  await verdict(page).waitFor();
});

test('the focus stays on what is drawn anew, or goes to the heading where that is gone', async (t) => {
  const page = await freshPage(t);
  const [{ file }] = await samples(page);
  const hasFocus = (/** @type {import('playwright-core').Locator} */ locator) => locator.evaluate((node) => /** @type {any} */ (node.getRootNode()).activeElement === node);
  await answerTo(page, async () => choosePhoto(page, samplePath(file)));
  const why = page.locator('.why > summary').first();
  await why.focus();
  await answerTo(page, () => page.evaluate(() => document.querySelector('twinlens-search').ask()));
  assert.ok(await hasFocus(why), 'expected the focus on the reasons');
  await answerTo(page, () => words(page).fill('Comfy Padded Chair'));
  const only = page.getByRole('button', { name: 'Only the photo' });
  await only.focus();
  await answerTo(page, () => page.keyboard.press('Enter'));
  assert.ok(await hasFocus(verdict(page)), 'expected the focus on the heading');
});

test('a filter that is changed keeps its form, and only its count is new', async (t) => {
  const page = await freshPage(t);
  await answerTo(page, () => words(page).fill('camera'));
  await page.getByText('Filter', { exact: true }).click();
  const form = await page.locator('.filter-form').elementHandle();
  await answerTo(page, () => page.getByLabel('Category').selectOption('Furniture'));
  await page.getByText('Filter (1)').waitFor();
  assert.ok(await form?.evaluate((node) => node.isConnected), 'expected the same form');
  await answerTo(page, () => page.locator('.filter-form').getByRole('button', { name: 'Without a filter' }).click());
  assert.equal(await page.getByLabel('Category').inputValue(), '');
});

/** @param {import('node:test').TestContext} t */
async function freshPage(t) {
  const { page, context } = await openPage(shop.browser, `${shop.server.url}?device=cpu`);
  t.after(() => context.close());
  await words(page).waitFor();
  return page;
}
