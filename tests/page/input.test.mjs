import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPage, ready, samples } from './harness.mjs';
import { answerTo, choosePhoto, matchError, samplePath, shownTitles } from './query.mjs';
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

test('a photo can be pasted', async (t) => {
  const { page, context, samples: [{ file, title }] } = await freshPage(t);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate(copyAsPng, file);
  await answerTo(page, () => page.keyboard.press('Control+V'));
  assert.equal((await shownTitles(page))[0], title);
});

test('each sample photo finds its product, and is none of the catalogue\'s pictures', async (t) => {
  const { page, samples: all } = await freshPage(t);
  for (const [index, { title }] of all.entries()) {
    await answerTo(page, () => page.locator('.sample').nth(index).click());
    assert.equal((await shownTitles(page))[0], title);
    const { phash } = await page.evaluate(async (file) => {
      const photo = await (await fetch(file)).blob();
      return (await (await globalThis.twinlens.matcher).match({ photo })).hits[0].lanes;
    }, all[index].file);
    assert.ok(phash === null || phash === undefined || phash > 0, `expected another picture of ${title}, found the same`);
    await page.getByRole('button', { name: 'Clear photo and words' }).click();
  }
});

test('the same photo can be chosen again after it was removed', async (t) => {
  const { page, samples: [{ file, title }] } = await freshPage(t);
  await answerTo(page, () => choosePhoto(page, samplePath(file)));
  await page.getByRole('button', { name: 'Clear photo and words' }).click();
  await answerTo(page, () => choosePhoto(page, samplePath(file)));
  assert.equal((await shownTitles(page))[0], title);
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
