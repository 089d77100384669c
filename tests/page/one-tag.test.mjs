// One tag on a page of a shop: with rules of its own that would break it, a strict policy and Trusted Types.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from './harness.mjs';
import { answerTo, choosePhoto, keepScreenshot, samplePath, shownTitles, words } from './query.mjs';
import { openSites } from './sites.mjs';

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launch({ webgpu: false });
});
after(() => browser?.close());

/** No picture without an address, no style or script of the page's own, and no string that becomes a script. */
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types twinlens";
const CSS = `
  * { color: red !important; letter-spacing: 6px; text-transform: uppercase; }
  button { background: crimson; padding: 40px; border: 9px double blue; font-size: 40px; }
  li { list-style: square; float: left; margin: 30px; }
  img, canvas, svg { border: 12px solid lime; max-width: 20px; }
  input { width: 10px; } h2, h3 { font-size: 80px; display: inline; } p { line-height: 4; }
  body { margin: 0; font: italic 26px/3 Georgia, serif; text-align: right; background: #f6f1e7; color-scheme: light; }
  main { max-width: 960px; margin: 0 auto; }
  twinlens-search { --twinlens-accent: #9c3d22; --twinlens-ground: #f6f1e7; }`;
const HTML = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Linden</title><link rel="icon" href="data:,"><link rel="stylesheet" href="shop.css">
  <script type="module" src="twinlens-search.js"></script></head>
  <body><main><h1>Seen a chair you like?</h1><twinlens-search catalogue="/catalogue/" models="/models/" device="cpu">
  <p slot="footer">Delivery within five days.</p></twinlens-search></main></body></html>`;

/** @param {import('node:test').TestContext} t @param {string} [html] */
async function openForeignPage(t, html = HTML) {
  const site = await openSites(browser, {
    files: { '': { body: html, headers: { 'content-security-policy': POLICY } }, 'shop.css': { body: CSS, headers: { 'content-type': 'text/css' } } },
  });
  t.after(() => site.context.close());
  /** @type {string[]} */
  const trouble = [];
  site.page.on('console', (message) => trouble.push(message.text()));
  await words(site.page).waitFor();
  return { ...site, trouble };
}

test('one tag answers a photo under a strict policy and Trusted Types', async (t) => {
  const { page, uncaught, trouble } = await openForeignPage(t);
  await answerTo(page, () => choosePhoto(page, samplePath('demo/photos/chair.jpg')));
  assert.equal((await shownTitles(page))[0], 'Comfy Padded Chair');
  const canvas = page.locator('.hero > .picture canvas');
  await canvas.waitFor();
  await keepScreenshot(page, 'one-tag');
  assert.deepEqual({ uncaught, trouble }, { uncaught: [], trouble: [] });
});

test("the shop's rules do not reach into it, but its accent, its ground and its parts do", async (t) => {
  const { page } = await openForeignPage(t);
  const style = (/** @type {string} */ selector, /** @type {string} */ property) =>
    page.locator(selector).first().evaluate((node, property) => getComputedStyle(node).getPropertyValue(property), property);
  assert.equal(await style('.welcome h2', 'text-transform'), 'none');
  assert.equal(await style('.welcome h2', 'font-size'), '28px');
  assert.equal(await style('.lens', 'padding-top'), '0px');
  assert.equal(await style('.ask', 'background-color'), 'rgb(246, 241, 231)');
  assert.match(await style('.welcome h2', 'color'), /^rgb\(28, 31, 35\)$|light-dark/);
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('twinlens-search::part(bar) { border-radius: 0px }');
    document.adoptedStyleSheets = [sheet];
  });
  assert.equal(await style('.bar', 'border-top-left-radius'), '0px');
  await page.getByText('Delivery within five days.').waitFor();
});

test('it is a form control to the page: properties, methods, events', async (t) => {
  const { page } = await openForeignPage(t);
  const found = await page.evaluate(async () => {
    const element = document.querySelector('twinlens-search');
    /** @type {string[]} */
    const events = [];
    for (const type of ['ready', 'answer', 'select', 'error']) element.addEventListener(`twinlens-${type}`, () => events.push(type));
    element.words = 'tripod';
    const first = await element.ask();
    const photo = await (await fetch('/demo/photos/camera.jpg')).blob();
    element.words = '';
    element.photo = photo;
    const second = await element.ask();
    element.filter = { category: 'Plants' };
    const third = await element.ask();
    const held = { photo: element.photo === photo, words: element.words, filter: element.filter };
    await element.clear();
    const plants = (await (await element.matcher).browse('Plants', { limit: 50 })).hits.map(({ title }) => title);
    return { events, titles: [first, second, third].map((answer) => answer?.hits[0].title), plants, held, photo: element.photo };
  });
  assert.deepEqual(found.titles.slice(0, 2), ['Tripod', 'Instant Camera']);
  assert.ok(found.titles[2] && found.plants.includes(found.titles[2]), `expected one of ${found.plants}, found ${found.titles[2]}`);
  assert.deepEqual([found.held, found.photo], [{ photo: true, words: '', filter: { category: 'Plants' } }, null]);
  assert.ok(found.events.includes('ready') && found.events.includes('answer'), `expected ready and answer, found ${found.events}`);
});

test('nothing is fetched for an element that nobody touches but what draws its bar', async (t) => {
  const { requests } = await openForeignPage(t);
  const files = requests.map((url) => new URL(url).pathname).filter((path) => path.endsWith('.js'));
  assert.ok(files.length < 12 && !files.some((path) => /app\.js|twinlens\.js|worker\.js/.test(path)), files.join('\n'));
});

test('an accent that would be too light for text is darkened where it is read', async (t) => {
  const { page } = await openForeignPage(t, HTML.replace('device="cpu"', 'device="cpu" accent="#ffe14d"'));
  const contrast = await page.locator('.lens').evaluate((lens) => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const luminance = (/** @type {string} */ color) => {
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const { backgroundColor, color } = getComputedStyle(lens);
    const [one, other] = [luminance(backgroundColor), luminance(color)].sort((a, b) => b - a);
    return (one + 0.05) / (other + 0.05);
  });
  assert.ok(contrast >= 4.5, `expected a contrast of 4.5, found ${contrast}`);
});

test("what is dropped on a field of the shop's own is the shop's", async (t) => {
  const { page } = await openForeignPage(t);
  const found = await page.evaluate(() => {
    const own = document.createElement('input');
    own.type = 'file';
    document.body.append(own);
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(['photo'], 'invoice.jpg', { type: 'image/jpeg' }));
    const isTaken = (/** @type {Element} */ target, /** @type {string} */ type) => !target.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    const element = document.querySelector('twinlens-search');
    const taken = ['dragover', 'drop'].map((type) => isTaken(own, type));
    return { taken, photo: element.photo, elsewhere: isTaken(document.body, 'dragover') };
  });
  assert.deepEqual(found, { taken: [false, false], photo: null, elsewhere: true });
});
