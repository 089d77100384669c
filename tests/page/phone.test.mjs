// The page in a hand: touch, a narrow screen, large text.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PHONE, openPage, samples } from './harness.mjs';
import { answerTo, choosePhoto, keepScreenshot, samplePath, shape, verdict, words } from './query.mjs';
import { openShop } from './shop.mjs';

const shop = openShop();

/** @param {import('node:test').TestContext} t @param {import('playwright-core').BrowserContextOptions} [options] */
async function phone(t, options) {
  const open = await openPage(shop.browser, `${shop.server.url}?device=cpu`, undefined, { ...PHONE, ...options });
  t.after(() => open.context.close());
  await words(open.page).waitFor();
  return open;
}

/** @param {import('playwright-core').Page} page */
const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

test('picture, title and decision of the answer stand above the fold', async (t) => {
  const { page, trouble } = await phone(t);
  const [{ file, title }] = await samples(page);
  await answerTo(page, async () => choosePhoto(page, samplePath(file)));
  for (const part of [verdict(page), page.locator('.hero > .picture canvas'), page.locator('.hero .title', { hasText: title })]) {
    const box = await part.boundingBox();
    assert.ok(box && box.y >= 0 && box.y + box.height <= 844, `expected it within 844 pixels, found ${JSON.stringify(box)}`);
  }
  await keepScreenshot(page, 'match-phone');
  assert.deepEqual(trouble, []);
});

test('with a photo the bar is one line, and it stays in reach', async (t) => {
  const { page } = await phone(t);
  const [{ file }] = await samples(page);
  await answerTo(page, async () => choosePhoto(page, samplePath(file)));
  const bar = page.locator('.bar');
  assert.ok(((await bar.boundingBox())?.height ?? 0) <= 60);
  await page.evaluate(() => window.scrollTo(0, 200));
  assert.ok(((await bar.boundingBox())?.y ?? -1) >= 0, 'expected the bar to stay on the screen');
});

test('a finger takes a photo or chooses one, and drags the part that counts', async (t) => {
  const { page } = await phone(t);
  await page.getByRole('button', { name: 'Take a photo' }).waitFor();
  assert.equal(await page.locator('input[capture="environment"]').count(), 1);
  const [opened] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Choose a picture' }).tap()]);
  const [{ file }] = await samples(page);
  await answerTo(page, () => opened.setFiles(samplePath(file)));
  await page.getByRole('button', { name: /choose the part/ }).tap();
  await page.locator('.corner.d').waitFor();
  await keepScreenshot(page, 'crop-phone');
  const before = await page.locator('.region').boundingBox();
  await answerTo(page, () => dragByTouch(page, '.corner.d', -60, -60));
  const after = await page.locator('.region').boundingBox();
  assert.ok(before && after && after.width < before.width - 30, `expected a smaller part, found ${after?.width} after ${before?.width}`);
});

test('every target of a finger is 44 pixels high or more', async (t) => {
  const { page } = await phone(t);
  const [{ file }] = await samples(page);
  await answerTo(page, async () => choosePhoto(page, samplePath(file)));
  const small = await page.locator('twinlens-search :is(button, a, summary, .switch, .check)').evaluateAll((all) =>
    all.filter((node) => node.getClientRects().length && node.getBoundingClientRect().height < 43.5).map((node) => node.outerHTML.slice(0, 80)));
  // Inside a sentence a target may be as high as its line; here it reaches beyond it all the same.
  assert.deepEqual(small.filter((html) => !html.includes('plain')), []);
});

for (const [what, options] of /** @type {[string, object][]} */ ([
  ['320 pixels', { viewport: { width: 320, height: 640 } }],
  ['a laptop at 400 %', { viewport: { width: 320, height: 200 }, isMobile: false, hasTouch: false }],
])) {
  test(`nothing is wider than the screen at ${what}`, async (t) => {
    const { page } = await phone(t, options);
    assert.equal(await sideways(page), 0);
    const [{ file }] = await samples(page);
    await answerTo(page, async () => choosePhoto(page, samplePath(file)));
    assert.equal(await sideways(page), 0);
    await page.locator('.why summary').first().click();
    await page.getByText('Stays on this device').first().click();
    assert.equal(await sideways(page), 0);
    await answerTo(page, () => words(page).fill('Comfy Padded Chair'));
    assert.equal(await shape(page), 'conflict');
    assert.equal(await sideways(page), 0);
    await page.getByRole('button', { name: /choose the part/ }).click();
    assert.equal(await sideways(page), 0);
  });
}

/** @param {import('playwright-core').Page} page @param {string} selector @param {number} dx @param {number} dy */
async function dragByTouch(page, selector, dx, dy) {
  const box = await page.locator(selector).boundingBox();
  if (!box) throw new Error(`expected ${selector} on the page`);
  const session = await page.context().newCDPSession(page);
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const send = (/** @type {'touchStart' | 'touchMove' | 'touchEnd'} */ type, /** @type {object[]} */ touchPoints) => session.send('Input.dispatchTouchEvent', { type, touchPoints: /** @type {any} */ (touchPoints) });
  await send('touchStart', [{ x, y }]);
  await send('touchMove', [{ x: x + dx / 2, y: y + dy / 2 }]);
  await send('touchMove', [{ x: x + dx, y: y + dy }]);
  await send('touchEnd', []);
}
