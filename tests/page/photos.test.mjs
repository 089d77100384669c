// What photos a browser brings: read alike here and natively, with the formats that only the browser decodes, and shown as read.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { binary, checkout, openPage, ready } from './harness.mjs';
import { answerTo, choosePhoto, matchError } from './query.mjs';
import { openShop } from './shop.mjs';

const PHOTO_ENCODER = 'efficientnet-lite0';
/** 48 × 32 pixels, red at the left and blue at the right; by Pillow 13.0.0, quality 80. */
const AVIF = readFileSync(new URL('two-colours.avif', import.meta.url));

/** @type {Awaited<ReturnType<typeof openPage>>} */
let open;
openShop(async (shop) => {
  open = await openPage(shop.browser, `${shop.server.url}?device=cpu`);
  await ready(open.page);
});

/** The first sample in a file of that type and colour space; a canvas embeds the profile of Display P3. @param {string} type @param {string} colorSpace */
async function drawn(type, colorSpace = 'srgb') {
  const base64 = await open.page.evaluate(async ({ type, colorSpace }) => {
    const [{ file }] = JSON.parse(document.getElementById('samples').textContent);
    const picture = await createImageBitmap(await (await fetch(file)).blob());
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    canvas.getContext('2d', { colorSpace }).drawImage(picture, 0, 0);
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type, quality: 0.95 })).arrayBuffer());
    return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ''));
  }, { type, colorSpace });
  return Buffer.from(base64, 'base64');
}

/** @param {Buffer} file @returns {Promise<number[]>} */
function embed(file) {
  return open.page.evaluate(async (bytes) => [...(await (await globalThis.twinlens.matcher).embedPhoto(new Uint8Array(bytes)))], [...file]);
}

/** @param {Buffer} file @param {string} name */
async function embedNatively(file, name) {
  const folder = mkdtempSync(join(tmpdir(), 'twinlens-'));
  try {
    writeFileSync(join(folder, name), file);
    const { stdout } = await promisify(execFile)(binary, ['embed', '--photo', join(folder, name), '--encoder', PHOTO_ENCODER, '--device', 'cpu', '--json'], { cwd: checkout });
    return JSON.parse(stdout).embedding;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param {number[]} a @param {number[]} b */
function cosine(a, b) {
  return a.reduce((sum, value, index) => sum + value * b[index], 0);
}

/** What the matcher says of a photo, and the colours at the left and at the right of its preview. @param {Buffer} file */
function read(file) {
  return open.page.evaluate(async (bytes) => {
    const matcher = await globalThis.twinlens.matcher;
    const photo = new Blob([new Uint8Array(bytes)]);
    const { data, width, height } = await matcher.previewPhoto(photo, 24);
    const pixel = (/** @type {number} */ x) => [...data.subarray((width * (height >> 1) + x) * 4).subarray(0, 4)];
    const { notes } = await matcher.match({ photo, limit: 1 });
    return { notes: notes.map(({ code }) => code), size: [width, height], left: pixel(2), right: pixel(width - 3) };
  }, [...file]);
}

/** A BMP of 24 bits with two colours, as AVIF is. */
function bmp() {
  const [width, height] = [48, 32];
  const file = Buffer.alloc(54 + width * height * 3);
  file.write('BM');
  for (const [at, value] of [[2, file.length], [10, 54], [14, 40], [18, width], [22, height]]) file.writeUInt32LE(value, at);
  for (const [at, value] of [[26, 1], [28, 24]]) file.writeUInt16LE(value, at);
  for (let at = 54, x = 0; at < file.length; at += 3, x = (x + 1) % width) file.set(x < width / 2 ? [60, 60, 200] : [200, 60, 60], at);
  return file;
}

test('each format, with a profile and without, has the vector that it has natively and the colours of the picture', async (t) => {
  const reference = await embed(await drawn('image/png'));
  for (const type of ['image/jpeg', 'image/png', 'image/webp']) {
    for (const colorSpace of ['srgb', 'display-p3']) {
      await t.test(`${type} in ${colorSpace}`, async () => {
        const file = await drawn(type, colorSpace);
        const vector = await embed(file);
        const [alike, native] = [cosine(vector, reference), cosine(vector, await embedNatively(file, `photo.${type.slice(6)}`))];
        assert.ok(alike >= 0.99, `expected the vector of the picture, found a cosine of ${alike}`);
        assert.ok(native >= 0.999, `expected the native vector, found a cosine of ${native}`);
      });
    }
  }
});

test('an AVIF is read by the browser, upright in its colours, and a note says so', async () => {
  const { notes, size, left, right } = await read(AVIF);
  assert.deepEqual({ notes, size }, { notes: ['browser-decoded'], size: [24, 16] });
  assertNear(left, [200, 60, 60]);
  assertNear(right, [60, 60, 200]);
});

test('a BMP is read by the browser in its colours, and one that is said to be huge is refused before', async () => {
  const { notes, left, right } = await read(bmp());
  assert.deepEqual(notes, ['browser-decoded']);
  assertNear(left, [200, 60, 60]);
  assertNear(right, [60, 60, 200]);
  const huge = bmp();
  huge.writeUInt32LE(20_000, 18);
  const { code, message } = await matchError(open.page, { bytes: [...huge] });
  assert.equal(code, 'bad-photo');
  assert.match(message, /found 20000 × 32/);
});

test('what neither we nor the browser read is refused by its name', async () => {
  const files = { HEIC: '\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'JPEG XL': '\xff\x0a\0\0', AVIF: '\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf', TIFF: 'II*\0\x08\0\0\0', ICO: '\0\0\x01\0\x01\0' };
  for (const [name, start] of Object.entries(files)) {
    const { code, message } = await matchError(open.page, { bytes: [...Buffer.from(start, 'latin1')] });
    assert.equal(code, 'bad-photo', name);
    assert.match(message, new RegExp(`found .*${name}`));
  }
});

test('of a JPEG that ends early most is read with a note, half of it is refused', async () => {
  const file = await drawn('image/jpeg');
  assert.deepEqual((await read(file.subarray(0, file.length * 0.97))).notes, ['ends-early']);
  const { message } = await matchError(open.page, { bytes: [...file.subarray(0, file.length / 2)] });
  assert.match(message, /of its \d+ rows/);
});

test('the page shows the photo that was read, and nothing of one that is refused', async () => {
  const { page } = open;
  const [input, preview] = [page.locator('twinlens-search input[type="file"]').first(), page.locator('.photo canvas')];
  assert.equal(await input.getAttribute('accept'), ['jpeg', 'png', 'webp', 'gif', 'bmp', 'avif', 'heic', 'heif', 'jxl'].map((type) => `image/${type}`).join());
  await answerTo(page, () => choosePhoto(page, { name: 'two.avif', mimeType: 'image/avif', buffer: AVIF }));
  await preview.waitFor({ state: 'visible' });
  assert.deepEqual(await preview.evaluate((/** @type {HTMLCanvasElement} */ { width, height }) => [width, height]), [48, 32]);
  await page.locator('.notes', { hasText: 'Your browser opened the photo' }).waitFor();
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
  await choosePhoto(page, { name: 'drawing.svg', mimeType: 'image/svg+xml', buffer: svg });
  await page.getByRole('alert').waitFor();
  await page.getByText('Details').click();
  assert.match(await page.locator('.engineer').innerText(), /found SVG/);
  assert.equal(await page.locator('.photo').isVisible(), false);
  assert.deepEqual(open.trouble, []);
});

/** @param {number[]} found @param {number[]} expected */
function assertNear(found, expected) {
  assert.ok(expected.every((value, channel) => Math.abs(value - found[channel]) <= 12), `expected ${expected}, found ${found}`);
  assert.equal(found[3], 255);
}
