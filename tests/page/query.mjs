// The steps of a shopper on the page.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { checkout, TIMEOUT_MS } from './harness.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {{ decision: string, complete: boolean, waiting: string[], device: string, titles: string[] }} Shown */

/** The words field. @param {Page} page */
export const words = (page) => page.getByRole('searchbox');

/** The sentence of the answer. @param {Page} page */
export const verdict = (page) => page.locator('h2.verdict');

/** The shape of the answer that stands: match, could-be, conflict, not-here, nothing, failed. @param {Page} page */
export const shape = (page) => verdict(page).getAttribute('data-shape');

/** The titles of the answer, without those that are only similar. @param {Page} page */
export const shownTitles = (page) => page.locator('.answer :is(.hero, .candidate, .side, .closest .card) .title').allTextContents();

/**
 * Does what a shopper does and waits for the answer that it ends in: the first that waits for nothing, or where `partial` is set
 * the first. Rejects where none comes.
 *
 * @param {Page} page
 * @param {() => Promise<unknown>} act
 * @param {{ partial?: boolean }} [options]
 * @returns {Promise<Shown>}
 */
export async function answerTo(page, act, { partial = false } = {}) {
  const coming = await page.evaluateHandle(({ partial, timeout }) => {
    const element = document.querySelector('twinlens-search');
    const answer = new Promise((resolve, reject) => {
      element.addEventListener('twinlens-answer', function listen({ detail }) {
        if (!partial && !detail.complete) return;
        element.removeEventListener('twinlens-answer', listen);
        const { decision, complete, waiting, device, hits } = detail;
        resolve({ decision, complete, waiting, device, titles: hits.map(({ title }) => title) });
      });
      element.addEventListener('twinlens-error', ({ detail }) => reject(new Error(`${detail.code}: ${detail.message}`)), { once: true });
      setTimeout(() => reject(new Error(`expected ${partial ? 'an' : 'a complete'} answer, none came in ${timeout} ms`)), timeout);
    });
    answer.catch(() => {});
    return { answer };
  }, { partial, timeout: TIMEOUT_MS });
  await act();
  return coming.evaluate(({ answer }) => answer);
}

/** The title that an answer to `act` puts first. @param {Page} page @param {() => Promise<unknown>} act */
export async function firstOf(page, act) {
  await answerTo(page, act);
  return (await shownTitles(page))[0];
}

/**
 * Drops a photo on the page. It is the demo's, cropped by a tenth on each side and brightened, in place of another photo of the
 * product.
 *
 * @param {Page} page
 * @param {string} file
 */
export async function dropAlteredPhoto(page, file) {
  await page.evaluate(async (file) => {
    const original = await createImageBitmap(await (await fetch(file)).blob());
    const { width, height } = original;
    const canvas = new OffscreenCanvas(Math.round(width * 0.8), Math.round(height * 0.8));
    const context = canvas.getContext('2d');
    context.filter = 'brightness(1.2)';
    context.drawImage(original, -width * 0.1, -height * 0.1);
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.85 });

    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([blob], 'my-photo.jpg', { type: blob.type }));
    for (const type of ['dragenter', 'dragover', 'drop']) {
      document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    }
  }, file);
}

/** Chooses a photo as the file dialog would. @param {Page} page @param {Parameters<import('playwright-core').Locator['setInputFiles']>[0]} file */
export function choosePhoto(page, file) {
  return page.locator('twinlens-search input[type="file"]').first().setInputFiles(file);
}

/** One of the demo's photos, as a path. @param {string} file as the page states it */
export function samplePath(file) {
  return `${checkout}www/${file}`;
}

/** Two photos side by side in one. @param {Page} page @param {string} left @param {string} right @returns {Promise<Buffer>} */
export async function sideBySide(page, left, right) {
  const base64 = await page.evaluate(async ([left, right]) => {
    const canvas = new OffscreenCanvas(1600, 800);
    const context = canvas.getContext('2d');
    for (const [index, file] of [left, right].entries()) {
      context.drawImage(await createImageBitmap(await (await fetch(file)).blob()), 800 * index, 0, 800, 800);
    }
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 })).arrayBuffer());
    return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ''));
  }, [left, right]);
  return Buffer.from(base64, 'base64');
}

/**
 * Calls the page's own matcher and gives its error as data.
 *
 * @param {Page} page
 * @param {{ bytes?: number[], title?: string }} query
 */
export function matchError(page, query) {
  return page.evaluate(async ({ bytes, title }) => {
    const matcher = await globalThis.twinlens.matcher;
    const photo = bytes && new Uint8Array(bytes);
    return matcher.match({ photo, title }).then(
      () => ({ name: 'no error', code: '', message: '' }),
      ({ name, code, message }) => ({ name, code, message }),
    );
  }, query);
}

/** Moves the focus by Tab until an element that matches has it. @param {Page} page @param {import('playwright-core').Locator} target @param {'Tab' | 'Shift+Tab'} [key] */
export async function tabTo(page, target, key = 'Tab') {
  const most = 20;
  for (let presses = 0; presses < most; presses++) {
    await page.keyboard.press(key);
    if (await target.evaluate((element) => /** @type {any} */ (element.getRootNode()).activeElement === element)) return;
  }
  assert.fail(`expected ${key} to reach ${target} within ${most} presses`);
}

/** Keeps what a page looks like under target/. @param {Page} page @param {string} name @param {{ fullPage?: boolean }} [options] */
export async function keepScreenshot(page, name, options) {
  const folder = `${checkout}target/screenshots`;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png`, animations: 'disabled', ...options });
}
