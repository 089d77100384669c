// The packs that the lab's tests wrote, each in a catalogue of its own: Chromium gives the vectors that the native program gives.
// Run by `cargo xtask test --only lab`, which names the folder of packs in TWINLENS_LAB_PACKS.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { binary, checkout, launch, openPage, ready, startServer } from './harness.mjs';

const LEAST_COSINE = { cpu: 0.999, webgpu: 0.998 };
const PACKS = process.env.TWINLENS_LAB_PACKS;
assert.ok(PACKS, 'expected TWINLENS_LAB_PACKS, the folder of packs that the lab wrote');
const packs = readdirSync(PACKS).filter((file) => file.endsWith('.safetensors')).map((file) => file.replace(/\.safetensors$/, ''));
assert.ok(packs.length > 0, `expected packs in ${PACKS}, found none`);
const PHOTOS = readdirSync(join(checkout, 'www/demo/photos')).filter((file) => /\.(jpe?g|webp|png)$/.test(file)).slice(0, 4).map((file) => join(checkout, 'www/demo/photos', file));
const TITLES = ['Mechanical Keyboard', 'Kaffeetasse weiss 300 ml', 'basketball hoop'];

/** @param {string[]} parameters */
async function program(...parameters) {
  const { stdout } = await promisify(execFile)(binary, [...parameters, '--json'], { cwd: checkout, maxBuffer: 1 << 26 });
  return JSON.parse(stdout);
}

for (const pack of packs) {
  describe(`${pack} in Chromium`, () => {
    const isText = readdirSync(PACKS).includes(`${pack}.tokenizer.json`);
    const inputs = isText ? TITLES : PHOTOS;
    /** @type {string} */
    let folder;
    /** @type {import('playwright-core').Browser} */
    let browser;
    /** @type {Awaited<ReturnType<typeof startServer>>} */
    let server;
    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'twinlens-lab-'));
      mkdirSync(join(folder, 'images'));
      for (const [index, photo] of PHOTOS.entries()) copyFileSync(photo, join(folder, 'images', `${index}${photo.slice(photo.lastIndexOf('.'))}`));
      const rows = PHOTOS.map((photo, index) => `${index},Product number ${index},${index}${photo.slice(photo.lastIndexOf('.'))}`);
      writeFileSync(join(folder, 'listings.csv'), `id,title,image\n${rows.join('\n')}\n`);
      await program('build', join(folder, 'listings.csv'), '--images', join(folder, 'images'), '--encoders', pack, '--models', PACKS, '--out', join(folder, 'catalogue'));
      server = await startServer({ models: PACKS, catalogue: join(folder, 'catalogue') });
      browser = await launch();
    });
    after(async () => {
      await browser?.close();
      server?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    for (const device of /** @type {('cpu' | 'webgpu')[]} */ (['cpu', 'webgpu'])) {
      test(`on ${device}, at a cosine of ${LEAST_COSINE[device]} or more`, async () => {
        const { page } = await openPage(browser, `${server.url}?device=${device}`);
        await ready(page);
        for (const input of inputs) {
          // On the GPU, which the set-up sees to: its activations are floats, those of a CPU with VNNI have 8 bits.
          const { embedding } = await program('embed', isText ? '--title' : '--photo', input, '--encoder', pack, '--models', PACKS, '--device', 'gpu');
          const found = await page.evaluate(async ([input, isText]) => {
            const matcher = await globalThis.twinlens.matcher;
            if (isText) return [...(await matcher.embedTitle(input))];
            return [...(await matcher.embedPhoto(Uint8Array.from(atob(input), (character) => character.charCodeAt(0))))];
          }, /** @type {const} */ ([isText ? input : readFileSync(input).toString('base64'), isText]));
          const cosine = dot(embedding, found) / Math.sqrt(dot(embedding, embedding) * dot(found, found));
          assert.ok(cosine >= LEAST_COSINE[device], `${input}: expected a cosine of ${LEAST_COSINE[device]}, found ${cosine}`);
        }
        await page.context().close();
      });
    }
  });
}

/** @param {number[]} a @param {number[]} b */
function dot(a, b) {
  return a.reduce((sum, value, index) => sum + value * b[index], 0);
}
