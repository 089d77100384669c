import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPage, ready, samples } from './harness.mjs';
import { firstCard, matchError } from './query.mjs';
import { openShop } from './shop.mjs';

/** @type {Awaited<ReturnType<typeof openPage>>} */
let open;
const shop = openShop(async ({ server, browser }) => {
  open = await openPage(browser, `${server.url}?device=cpu`);
  await ready(open.page);
});

/** The sample photos and a fresh page of their own, on which nothing was asked yet. */
async function freshPage(t) {
  const { page, context, trouble } = await openPage(shop.browser, `${shop.server.url}?device=cpu`);
  t.after(() => context.close());
  await ready(page);
  return { page, context, trouble, samples: await samples(page) };
}

/** The first sample's bytes. */
async function photoBytes() {
  const [{ file }] = await samples(open.page);
  return [...new Uint8Array(await (await fetch(new URL(file, shop.server.url))).arrayBuffer())];
}

const BAD = [
  ['a file that is not an image', 'bad-photo', async () => ({ bytes: [...Buffer.from('id,title\n1,Laptop\n')] })],
  ['an empty file', 'bad-photo', async () => ({ bytes: [] })],
  ['a JPEG that is cut off', 'bad-photo', async () => ({ bytes: (await photoBytes()).slice(0, 5000) })],
  ['a title of 100,000 characters', 'bad-title', async () => ({ title: 'laptop '.repeat(100_000).slice(0, 100_000) })],
  ['a title of only emoji', 'bad-title', async () => ({ title: '👟🎉🎉' })],
  ['neither a photo nor a title', 'empty-query', async () => ({})],
];

for (const [what, code, query] of BAD) {
  test(`${what} gives a TwinlensError that says what was expected and found`, async () => {
    const error = await matchError(open.page, await query());
    assert.equal(error.name, 'TwinlensError');
    assert.equal(error.code, code);
    assert.match(error.message, /expected .+ found /);
  });
}

test('an argument of the wrong type is named before it reaches the worker', async () => {
  const error = await open.page.evaluate(async () => {
    const matcher = await globalThis.twinlens.matcher;
    return matcher.match({ title: 7 }).catch(({ name, code, message }) => ({ name, code, message }));
  });
  assert.deepEqual(error, { name: 'TwinlensError', code: 'bad-argument', message: 'title: expected a string, found the number 7' });
});

test('after all the bad input a good query still finds its product', async () => {
  const [{ title }] = await samples(open.page);
  const first = await open.page.evaluate(async (title) => (await (await globalThis.twinlens.matcher).match({ title })).hits[0].title, title);
  assert.equal(first, title);
  assert.deepEqual(open.trouble, []);
});

test('a bad photo shows its error on the page, and the next good one takes it away', async (t) => {
  const { page, samples: [sample], trouble } = await freshPage(t);
  const input = page.locator('input[type="file"]');
  await input.setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('not a photo') });
  assert.match(await page.locator('[role="alert"]:not(:empty)').textContent(), /photo: expected .+ found /);
  const photo = Buffer.from(await (await fetch(new URL(sample.file, shop.server.url))).arrayBuffer());
  await input.setInputFiles({ name: 'photo.jpg', mimeType: 'image/jpeg', buffer: photo });
  await page.locator('[role="alert"]:empty').waitFor({ state: 'attached' });
  assert.equal(await firstCard(page), sample.title);
  assert.deepEqual(trouble, []);
});

test('with the keyboard alone a title finds its product', async (t) => {
  const { page, samples: [{ title }] } = await freshPage(t);
  await tabTo(page, '#title');
  await page.keyboard.type(title);
  await page.keyboard.press('Enter');
  assert.equal(await firstCard(page), title);
});

test('with the keyboard alone a photo can be chosen', async (t) => {
  const { page, samples: [sample] } = await freshPage(t);
  // Asked for before the first key: keys reach the browser through another channel than this request and could overtake it,
  // and the dialog would open unnoticed. The evaluations between the keys use the request's channel, after it.
  const opened = page.waitForEvent('filechooser');
  await tabTo(page, '#photo');
  await page.keyboard.press('Space');
  const chooser = await opened;
  const photo = Buffer.from(await (await fetch(new URL(sample.file, shop.server.url))).arrayBuffer());
  await chooser.setFiles({ name: 'photo.jpg', mimeType: 'image/jpeg', buffer: photo });
  assert.equal(await firstCard(page), sample.title);
});

test('a photo can be pasted', async (t) => {
  const { page, context, samples: [{ file, title }] } = await freshPage(t);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate(copyAsPng, file);
  await page.keyboard.press('Control+V');
  assert.equal(await firstCard(page), title);
});

test('a sample photo finds its product', async (t) => {
  const { page, samples: [, { title }] } = await freshPage(t);
  await page.getByRole('button', { name: title }).click();
  assert.equal(await firstCard(page), title);
});

test('a closed matcher rejects what waits and what comes later', async (t) => {
  const { page } = await freshPage(t);
  const codes = await page.evaluate(async () => {
    const matcher = await globalThis.twinlens.matcher;
    const waiting = matcher.match({ title: 'laptop' });
    matcher.close();
    const later = matcher.embedTitle('laptop');
    return Promise.all([waiting, later].map((call) => call.catch(({ code }) => code)));
  });
  assert.deepEqual(codes, ['closed', 'closed']);
});

/** In the page: what "Copy image" of a browser puts on the clipboard. @param {string} file */
async function copyAsPng(file) {
  const bitmap = await createImageBitmap(await (await fetch(file)).blob());
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext('2d').drawImage(bitmap, 0, 0);
  const png = await canvas.convertToBlob({ type: 'image/png' });
  await navigator.clipboard.write([new ClipboardItem({ 'image/png': png })]);
}

/** @param {import('playwright-core').Page} page @param {string} selector */
async function tabTo(page, selector) {
  for (let presses = 0; presses < 10; presses++) {
    await page.keyboard.press('Tab');
    if (await page.locator(selector).evaluate((element) => element === document.activeElement)) return;
  }
  assert.fail(`expected Tab to reach ${selector} within 10 presses`);
}
