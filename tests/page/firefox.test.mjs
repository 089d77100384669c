// The package in Firefox, which Playwright cannot drive as distributions build it; puppeteer can, over WebDriver BiDi.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import puppeteer from 'puppeteer-core';
import { firstHit, load, startHost } from './host.mjs';

const timeout = 300_000;
const TITLE = 'Instant Camera';
const executable = [process.env.FIREFOX ?? '', '/usr/bin/firefox-esr', '/usr/bin/firefox'].find((path) => existsSync(path));
const skip = !executable && 'skipped: no Firefox';

/** @param {import('node:test').TestContext} t @param {Record<string, unknown>} [preferences] */
async function open(t, preferences = {}) {
  const host = await startHost();
  const browser = await puppeteer.launch({
    browser: 'firefox', executablePath: executable, headless: true, protocolTimeout: timeout, extraPrefsFirefox: preferences,
  });
  t.after(() => browser.close().then(host.stop));
  const page = await browser.newPage();
  await page.goto(host.url);
  return { host, page: /** @type {any} */ (page) };
}

test('Firefox answers words and a photo, and requests no weights at the second visit', { timeout, skip }, async (t) => {
  const { host, page } = await open(t);
  assert.equal(await load(page), null);
  const answer = await page.evaluate(async () => {
    const photo = await (await fetch('/demo/photos/camera.jpg')).blob();
    const { hits, complete } = await globalThis.matcher.match({ photo, title: 'camera' });
    return { title: hits[0].title, complete, picture: hits[0].thumbnail?.type };
  });
  assert.deepEqual(answer, { title: TITLE, complete: true, picture: 'image/webp' });
  host.asked.length = 0;
  await page.reload();
  assert.equal(await load(page), null);
  assert.deepEqual(host.weights(), []);
});

test("Firefox's private windows answer as well", { timeout, skip }, async (t) => {
  const { page } = await open(t, { 'browser.privatebrowsing.autostart': true });
  assert.equal(await load(page), null);
  assert.equal(await firstHit(page, TITLE), TITLE);
});
