// What a shopper does on the page, and sees.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openPage, ready, samples } from './harness.mjs';
import { answerTo, choosePhoto, dropAlteredPhoto, keepScreenshot, samplePath, shape, shownTitles, sideBySide, verdict, words } from './query.mjs';
import { openShop } from './shop.mjs';

const shop = openShop();
const [CAMERA, CHAIR] = ['Instant Camera', 'Comfy Padded Chair'];

/** @param {import('node:test').TestContext} t @param {Parameters<typeof openPage>[2]} [prepare] @param {Parameters<typeof openPage>[3]} [options] */
async function freshPage(t, prepare, options) {
  const open = await openPage(shop.browser, `${shop.server.url}?device=cpu`, prepare, options);
  t.after(() => open.context.close());
  await words(open.page).waitFor();
  return { ...open, file: async (/** @type {string} */ title) => (await samples(open.page)).find((sample) => sample.title === title)?.file ?? '' };
}

/** Holds every request for the encoder of words until `release`. @param {import('playwright-core').BrowserContext} context */
async function holdWords(context) {
  /** @type {() => void} */
  let release = () => {};
  const released = new Promise((resolve) => (release = () => resolve(undefined)));
  let asked = 0;
  await context.route(/\/models\/e5-small-latin/, async (route) => {
    asked++;
    await released;
    await route.continue();
  });
  return { release, asked: () => asked };
}

test('before a field is touched nothing heavy is fetched, and touching one fetches the shop', async (t) => {
  /** @type {string[]} */
  const asked = [];
  const { page } = await freshPage(t, async (context) => {
    context.on('request', (request) => asked.push(new URL(request.url()).pathname));
  });
  await page.locator('.sample img').last().waitFor();
  const heavy = () => asked.filter((path) => /\.wasm$|\/worker\.js$|^\/(catalogue|models)\/|search\/app\.js$/.test(path));
  assert.deepEqual(heavy(), []);
  await words(page).focus();
  await page.locator('.chip').first().waitFor();
  assert.ok(heavy().some((path) => path.startsWith('/catalogue/')), `expected the catalogue, found ${heavy()}`);
  assert.ok(!heavy().some((path) => /e5-small-latin|efficientnet/.test(path)), `expected no encoder, found ${heavy()}`);
});

test('I drop a photo and see the answer first', async (t) => {
  const { page, trouble, file } = await freshPage(t);
  const { decision } = await answerTo(page, async () => dropAlteredPhoto(page, await file(CAMERA)));
  assert.equal(decision, 'Match');
  assert.equal(await verdict(page).textContent(), 'This is it');
  assert.deepEqual(await shownTitles(page), [CAMERA]);
  await page.locator('.hero > .picture canvas').waitFor();
  await page.getByRole('heading', { name: 'Similar' }).waitFor();
  assert.equal(await page.getByText(/%|No-Match|cosine|fingerprint/i).filter({ visible: true }).count(), 0);
  await keepScreenshot(page, 'match-laptop');
  assert.deepEqual(trouble, []);
});

test('I type and see hits before the encoder of words arrives, and the answer refines', async (t) => {
  /** @type {Awaited<ReturnType<typeof holdWords>>} */
  let held;
  const { page, trouble } = await freshPage(t, async (context) => {
    held = await holdWords(context);
  });
  const first = await answerTo(page, () => words(page).pressSequentially('padded chair'), { partial: true });
  assert.deepEqual({ complete: first.complete, waiting: first.waiting }, { complete: false, waiting: ['words'] });
  assert.equal(first.decision, 'Unsure');
  await page.locator('.title', { hasText: CHAIR }).first().waitFor();
  await page.getByText('Reading the meaning of your words').first().waitFor();
  await keepScreenshot(page, 'refining-laptop');
  const refined = await answerTo(page, async () => held.release());
  assert.equal(refined.titles[0], CHAIR);
  await page.getByText('Reading the meaning of your words').waitFor({ state: 'detached' });
  assert.deepEqual(trouble, []);
});

test('I type on while the encoder of words arrives, and the later answer is refined', async (t) => {
  /** @type {Awaited<ReturnType<typeof holdWords>>} */
  let held;
  const { page, trouble } = await freshPage(t, async (context) => {
    held = await holdWords(context);
  });
  await answerTo(page, () => words(page).pressSequentially('padded'), { partial: true });
  await page.getByText('Reading the meaning of your words').first().waitFor();
  const first = await answerTo(page, () => words(page).pressSequentially(' chair'), { partial: true });
  assert.equal(first.complete, false);
  const refined = await answerTo(page, async () => held.release());
  assert.equal(refined.titles[0], CHAIR);
  await page.getByText('Reading the meaning of your words').waitFor({ state: 'detached' });
  assert.deepEqual(trouble, []);
});

test('a list that I opened stays when the answer is refined, and leads back to the refined one', async (t) => {
  /** @type {Awaited<ReturnType<typeof holdWords>>} */
  let held;
  const { page } = await freshPage(t, async (context) => {
    held = await holdWords(context);
  });
  await answerTo(page, () => words(page).fill('padded chair'), { partial: true });
  await page.locator('.card .more').first().click();
  await page.getByRole('heading', { name: /^Like / }).waitFor();
  await answerTo(page, async () => held.release());
  assert.equal(await page.getByRole('heading', { name: /^Like / }).count(), 1);
  await page.getByRole('button', { name: 'Back to your answer' }).click();
  await page.locator('.title', { hasText: CHAIR }).first().waitFor();
  assert.equal(await page.getByText('Reading the meaning of your words').count(), 0);
});

test('the encoder of words is not asked for by a photo, and with Save-Data only when I want it', async (t) => {
  /** @type {Awaited<ReturnType<typeof holdWords>>} */
  let held;
  const { page, file } = await freshPage(t, async (context) => {
    held = await holdWords(context);
    held.release();
    await context.addInitScript(() => Object.defineProperty(Navigator.prototype, 'connection', { value: { saveData: true } }));
  });
  await answerTo(page, async () => choosePhoto(page, samplePath(await file(CAMERA))));
  assert.equal(held.asked(), 0);
  const { waiting } = await answerTo(page, () => words(page).fill('instant camera'), { partial: true });
  assert.deepEqual(waiting, ['words']);
  assert.equal(held.asked(), 0);
  await answerTo(page, () => page.getByRole('button', { name: /^Read more closely, \d+ MB$/ }).click());
  assert.ok(held.asked() > 0, 'expected the encoder of words to be asked for');
});

test('words are answered while the photo gets ready, and I can cancel and take that up again', async (t) => {
  /** @type {() => void} */
  let release = () => {};
  const released = new Promise((resolve) => (release = () => resolve(undefined)));
  const { page, file } = await freshPage(t, (context) => context.route(/\/models\/efficientnet/, async (route) => {
    await released;
    await route.continue();
  }));
  await words(page).fill('camera');
  await answerTo(page, async () => choosePhoto(page, samplePath(await file(CAMERA))), { partial: true });
  await page.getByText('By your words. Your photo is next.').waitFor();
  const progress = page.getByText(/^Getting ready for photos/).first();
  await progress.waitFor();
  await keepScreenshot(page, 'getting-ready-laptop');
  await page.getByRole('button', { name: 'Cancel' }).first().click();
  await page.getByText('Not ready for photos yet.').waitFor();
  assert.equal(await page.getByText('Your photo is next').count(), 0);
  await answerTo(page, () => words(page).fill('instant camera'), { partial: true });
  await page.getByText('Not ready for photos yet.').waitFor();
  release();
  const { complete } = await answerTo(page, () => page.getByRole('button', { name: /^Get ready, \d+ MB$/ }).click());
  assert.ok(complete);
});

test('where photos cannot be read words are answered all the same, with a way to try again', async (t) => {
  let broken = true;
  const { page, file } = await freshPage(t, (context) => context.route(/\/models\/efficientnet/, (route) => (broken ? route.fulfill({ status: 404 }) : route.continue())));
  await words(page).fill('camera');
  await answerTo(page, async () => choosePhoto(page, samplePath(await file(CAMERA))), { partial: true });
  await page.getByText('What photos need did not arrive.').waitFor();
  await verdict(page).waitFor();
  assert.equal(await page.getByText('Your photo is next').count(), 0);
  broken = false;
  const { complete } = await answerTo(page, () => page.getByRole('button', { name: /^Get ready, \d+ MB$/ }).click());
  assert.ok(complete);
});

test('the part that the frame shows is searched without moving it', async (t) => {
  const { page, file } = await freshPage(t);
  await answerTo(page, async () => choosePhoto(page, samplePath(await file(CAMERA))));
  await page.getByRole('button', { name: /choose the part/ }).click();
  const before = await page.locator('.photo canvas').evaluate((canvas) => canvas.toDataURL());
  await answerTo(page, () => page.getByRole('button', { name: 'Search this part' }).click());
  assert.equal(await page.locator('.region').count(), 0);
  assert.notEqual(await page.locator('.photo canvas').evaluate((canvas) => canvas.toDataURL()), before);
});

test('I choose a part of the photo and the answer is about that part', async (t) => {
  const { page, trouble, file } = await freshPage(t);
  const both = await sideBySide(page, await file(CAMERA), await file(CHAIR));
  await answerTo(page, () => choosePhoto(page, { name: 'both.jpg', mimeType: 'image/jpeg', buffer: both }));
  await page.getByRole('button', { name: /choose the part/ }).click();
  const region = page.getByRole('group', { name: /The part that counts/ });
  const corner = (/** @type {string} */ name) => page.locator(`.corner.${name}`);
  const drag = async (/** @type {string} */ name, /** @type {number} */ share) => {
    const [stage, from] = await Promise.all([page.locator('.stage-photo').boundingBox(), corner(name).boundingBox()]);
    if (!stage || !from) throw new Error('expected the photo and its corners on the page');
    assert.ok(from.width >= 44 && from.height >= 44, `expected corners of 44 pixels, found ${from.width} by ${from.height}`);
    await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
    await page.mouse.down();
    await page.mouse.move(stage.x + stage.width * share, from.y + from.height / 2, { steps: 3 });
    await page.mouse.up();
  };
  const left = await answerTo(page, () => drag('d', 0.5));
  assert.equal(left.titles[0], CAMERA);
  await keepScreenshot(page, 'crop-laptop');
  await answerTo(page, () => drag('d', 0.97));
  const right = await answerTo(page, () => drag('a', 0.5));
  assert.equal(right.titles[0], CHAIR);
  await region.focus();
  await answerTo(page, () => page.keyboard.press('ArrowLeft'));
  await answerTo(page, () => page.keyboard.press('Shift+ArrowRight'));
  await answerTo(page, () => page.getByRole('button', { name: 'Whole photo' }).click());
  await page.getByRole('button', { name: 'Search this part' }).click();
  assert.equal(await region.count(), 0);
  assert.deepEqual(trouble, []);
});

test('where photo and words disagree I say which of them counts', async (t) => {
  const { page, file } = await freshPage(t);
  await answerTo(page, async () => choosePhoto(page, samplePath(await file(CAMERA))));
  await answerTo(page, () => words(page).fill(CHAIR));
  assert.equal(await shape(page), 'conflict');
  assert.deepEqual(await shownTitles(page), [CAMERA, CHAIR]);
  await keepScreenshot(page, 'conflict-laptop');
  const ofWords = await answerTo(page, () => page.getByRole('button', { name: 'Only the words' }).click());
  assert.equal(ofWords.titles[0], CHAIR);
  await answerTo(page, () => page.getByRole('button', { name: 'Use both' }).click());
  const ofPhoto = await answerTo(page, () => page.getByRole('button', { name: 'Only the photo' }).click());
  assert.equal(ofPhoto.titles[0], CAMERA);
});

test('removing the photo asks again with the words, and clearing leaves nothing', async (t) => {
  const { page, file } = await freshPage(t);
  await answerTo(page, async () => choosePhoto(page, samplePath(await file(CAMERA))));
  await answerTo(page, () => words(page).fill(CHAIR));
  await page.getByRole('button', { name: /choose the part/ }).click();
  const { titles } = await answerTo(page, () => page.getByRole('button', { name: 'Remove photo' }).click());
  assert.equal(titles[0], CHAIR);
  assert.equal(await page.locator('.photo').isVisible(), false);
  await page.getByRole('button', { name: 'Clear photo and words' }).click();
  await verdict(page).waitFor({ state: 'detached' });
  await page.getByText('Show it, or say it').waitFor();
  assert.equal(await words(page).inputValue(), '');
});

test('more like a product leads to its neighbours and back to the answer', async (t) => {
  const { page, file } = await freshPage(t);
  await answerTo(page, async () => choosePhoto(page, samplePath(await file(CHAIR))));
  await page.locator('.swipe .more').first().click();
  await page.getByRole('heading', { name: /^Like / }).waitFor();
  assert.ok((await page.locator('.grid .card').count()) > 3, 'expected several neighbours');
  await page.getByRole('button', { name: 'Back to your answer' }).click();
  assert.deepEqual(await shownTitles(page), [CHAIR]);
});

test('a category shows its products', async (t) => {
  const { page } = await freshPage(t);
  await words(page).focus();
  await page.getByRole('button', { name: /^Footwear/ }).click();
  await page.getByRole('heading', { name: 'Footwear' }).waitFor();
  assert.equal(await page.locator('.grid .card').count(), 6);
  assert.equal(await page.locator('.lead').textContent(), '6 products');
});

test('a filter leaves out what does not pass it, and what is left is said', async (t) => {
  const { page } = await freshPage(t);
  await answerTo(page, () => words(page).fill('camera'));
  await page.getByText('Filter', { exact: true }).click();
  const { titles } = await answerTo(page, () => page.getByLabel('Category').selectOption('Furniture'));
  assert.ok(!titles.some((title) => /camera/i.test(title)), `expected furniture, found ${titles}`);
  await page.getByText('Filter (1)').waitFor();
  await answerTo(page, async () => {
    await page.getByLabel('Lowest price').fill('9000');
    await page.getByLabel('Lowest price').press('Enter');
  });
  assert.equal(await shape(page), 'nothing');
  await answerTo(page, () => page.locator('.next').getByRole('button', { name: 'Without a filter' }).click());
  assert.notEqual(await shape(page), 'nothing');
});

test('why it is so is said in a line, then in bars, and in figures only under Details', async (t) => {
  const { page, file } = await freshPage(t);
  await answerTo(page, async () => choosePhoto(page, samplePath(await file(CAMERA))));
  const why = page.locator('.hero .why');
  assert.match(await why.locator('summary').first().innerText(), /^The pictures are .+\.\s+Why$/);
  await why.locator('summary').first().click();
  assert.ok((await why.locator('.lane').filter({ hasText: /Pictures|Colours/ }).count()) >= 1, 'expected a bar for the pictures');
  assert.equal(await why.getByText('%').filter({ visible: true }).count(), 0);
  await why.getByText('Details').click();
  assert.match(await why.locator('dl').innerText(), /How sure\s+\d+%/);
  await keepScreenshot(page, 'why-laptop', { fullPage: true });
});

test('once all is there a hundred questions ask for nothing, and the lock says so', async (t) => {
  const { page, file } = await freshPage(t);
  await words(page).focus();
  await ready(page);
  await page.locator('.chip').first().waitFor();
  /** @type {string[]} */
  const asked = [];
  page.context().on('request', (request) => asked.push(request.url()));
  await answerTo(page, async () => choosePhoto(page, { name: 'mine.jpg', mimeType: 'image/jpeg', buffer: readFileSync(samplePath(await file(CAMERA))) }));
  await page.evaluate(() => document.querySelector('twinlens-search').photo = null);
  const answered = await page.evaluate(async () => {
    const element = document.querySelector('twinlens-search');
    const known = ['bike', 'sofa', 'cactus', 'laptop', 'shoe', 'tripod', 'lamp', 'chair', 'camera', 'tent'];
    let answered = 0;
    for (let index = 0; index < 100; index++) {
      element.words = `${known[index % 10]} ${Math.floor(index / 10)}`;
      if (await element.ask()) answered++;
    }
    return answered;
  });
  assert.equal(answered, 100);
  assert.deepEqual(asked, []);
  await page.getByText('Stays on this device').first().click();
  await page.getByText('requests since your photo was read').waitFor();
  assert.match(await page.locator('.since').innerText(), /^0\s/);
  assert.match(await page.locator('.sent').innerText(), /The shop’s 54 products[\s\S]*For photos[\s\S]*requests/);
  await keepScreenshot(page, 'privacy-laptop');
  await page.getByRole('switch', { name: /Work offline/ }).check();
  const { titles } = await answerTo(page, () => words(page).fill('tripod'));
  assert.ok(titles.length > 0);
});

test('an address that I paste is not opened, and the page says so', async (t) => {
  const { page, context, trouble } = await freshPage(t);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate(() => navigator.clipboard.writeText('https://elsewhere.example/photo.jpg'));
  await page.locator('body').press('Control+V');
  await page.getByText('An address is not opened').waitFor();
  assert.deepEqual(trouble, []);
});

test('going back to the page finds the answer where it stood, and the address tells nothing of it', async (t) => {
  const { page, file } = await freshPage(t);
  await answerTo(page, async () => choosePhoto(page, samplePath(await file(CAMERA))));
  await answerTo(page, () => words(page).fill('instant'));
  const address = page.url();
  await page.goto(`${shop.server.url}favicon.svg`);
  await page.goBack();
  assert.equal(page.url(), address);
  assert.equal(new URL(address).search, '?device=cpu');
  await verdict(page).and(page.locator('[data-shape="match"]')).waitFor();
  assert.deepEqual(await shownTitles(page), [CAMERA]);
  assert.equal(await words(page).inputValue(), 'instant');
});
