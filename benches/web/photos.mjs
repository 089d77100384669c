// node photos.mjs [--rounds N] [--root CHECKOUT]: phones' photos in one browser, from bytes to vector. A photo of 12 megapixels, decoded
// by us and by the browser, which resizes it as well; and by how much WebAssembly's memory grows with larger ones. JSON on stdout.

import { checkout, launch, startServer } from '../../tests/page/harness.mjs';
import { OURS, compare, takeTurns, tell } from '../rounds.mjs';
import { options } from '../setup.mjs';
import { blank, loadOurs } from './contenders.mjs';
import { offerJpegs } from './jpegs.mjs';

const { rounds, root } = options({ root: checkout });
/** The encoder's input. */
const SIDE = 224;
const LARGE = { photo48mp: [8064, 6048], photo200mp: [16_320, 12_240] };

const site = await startServer({ root });
const browser = await launch();

/** A page with a matcher and nothing asked of it yet. */
async function loaded() {
  const page = await blank(browser, `${site.url}package.json`);
  await loadOurs(page, 'cpu');
  await offerJpegs(page, `${site.url}demo/photos/camera.jpg`);
  return page;
}

/** Bytes by which memory grows, without the file's own. @param {number} width @param {number} height */
async function growth(width, height) {
  const page = await loaded();
  const found = await page.evaluate(async ([width, height]) => {
    const { matcher, tall } = globalThis;
    const before = matcher.info().memory;
    const file = await tall(width, height);
    await matcher.embedPhoto(file);
    return { file_bytes: file.length, memory_growth_bytes: Math.max(0, matcher.info().memory - before - file.length) };
  }, [width, height]);
  await page.context().close();
  return found;
}

try {
  const page = await loaded();
  const contender = (/** @type {string} */ name) => ({
    name,
    run: () => page.evaluate((name) => globalThis.timed(name), name),
  });
  await page.evaluate(async ({ side, ours }) => {
    const { matcher, jpeg } = globalThis;
    const file = await jpeg(4000, 3000);
    const decoded = async () => {
      const bitmap = await createImageBitmap(new Blob([file]), { resizeWidth: side, resizeHeight: side, resizeQuality: 'high' });
      const canvas = new OffscreenCanvas(side, side);
      const context = canvas.getContext('2d', { willReadFrequently: true });
      context.drawImage(bitmap, 0, 0);
      bitmap.close();
      context.getImageData(0, 0, side, side);
      return canvas;
    };
    const png = new Uint8Array(await (await (await decoded()).convertToBlob()).arrayBuffer());
    /** The browser decodes and resizes; a PNG of these pixels, made beforehand, takes them to the encoder, which is the same for both. */
    const byBrowser = async () => {
      await decoded();
      return matcher.embedPhoto(png);
    };
    const [own, theirs] = [await matcher.embedPhoto(file), await byBrowser()];
    const cosine = own.reduce((sum, value, index) => sum + value * theirs[index], 0);
    if (!(cosine >= 0.98)) throw new Error(`expected the browser's pixels to have our vector, found a cosine of ${cosine}`);
    globalThis.timed = async (name) => {
      const start = performance.now();
      await (name === ours ? matcher.embedPhoto(file) : byBrowser());
      return performance.now() - start;
    };
  }, { side: SIDE, ours: OURS });
  // Until the browser has compiled what is used with all its optimisations.
  const contenders = [contender(OURS), contender('browser')];
  await takeTurns(contenders, { rounds: 1, runs: 8 });
  const found = compare(await takeTurns(contenders, { rounds, runs: 3 }));
  tell('cpu photo12mp', found);
  await page.context().close();
  const memory = {};
  for (const [name, [width, height]] of Object.entries(LARGE)) {
    memory[name] = await growth(width, height);
    console.error(`${name}: ${JSON.stringify(memory[name])}`);
  }
  console.log(JSON.stringify({ browser: browser.version(), works: { photo12mp: found }, memory }));
} finally {
  await browser.close();
  site.stop();
}
