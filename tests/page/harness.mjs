// Shared by the tests: the served page, the browser, and a listener for everything the page must not do.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const checkout = fileURLToPath(new URL('../../', import.meta.url));
export const binary = process.env.TWINLENS_BIN ?? `${checkout}target/release/twinlens`;

// A software adapter compiles shaders slowly, and more so while other work has the cores.
export const TIMEOUT_MS = Number(process.env.TIMEOUT_MS ?? 180_000);

/**
 * A shop served on loopback: the demo's, unless another catalogue is named. Page and packs are those of `root`; of a published
 * `site` everything is its own.
 *
 * @param {{ root?: string, models?: string, catalogue?: string, site?: string }} [options]
 * @returns {Promise<{ url: string, stop: () => void }>}
 */
export async function startServer({ root = checkout, models = `${root}/models`, catalogue = `${root}/www/demo/catalogue`, site } = {}) {
  const folders = site ? [site] : ['--www', `${root}/www`, '--models', models, '--catalogue', catalogue];
  const server = spawn(binary, ['serve', ...folders, '--port', '0'], { cwd: checkout });
  const stop = () => server.kill();
  process.once('exit', stop);
  let stderr = '';
  server.stderr.on('data', (chunk) => (stderr += chunk));
  const url = await new Promise((resolve, reject) => {
    let stdout = '';
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`${binary} serve: expected a URL, found exit ${code}: ${stderr}${stdout}`)));
    server.stdout.on('data', (chunk) => {
      stdout += chunk;
      const found = stdout.match(/http:\/\/127\.0\.0\.1:\d+\//);
      if (found) resolve(found[0]);
    });
  });
  return { url, stop };
}

/** @param {{ webgpu?: boolean }} [options] without `webgpu`, Chromium on a machine without a GPU has no adapter */
export function launch({ webgpu = true } = {}) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      ...(webgpu ? ['--enable-unsafe-webgpu'] : []),
      '--no-sandbox',
      // Requests of Chromium's own, which fail where there is no network.
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-quic',
      '--disable-sync',
      '--no-first-run',
    ],
  });
}

/**
 * The page in a context of its own. `trouble` holds, as lines, every console message of the page and its worker,
 * every uncaught error and every request to another origin; a page without a fault leaves it empty. The page does not
 * scroll or move by degrees, unless `options` say so: what is measured stays where it was when it is pressed.
 *
 * @param {import('playwright-core').Browser} browser
 * @param {string} url
 * @param {(context: import('playwright-core').BrowserContext) => Promise<unknown>} [prepare] before anything is fetched
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
export async function openPage(browser, url, prepare, options) {
  const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(TIMEOUT_MS);
  /** @type {string[]} */
  const trouble = [];
  context.on('console', (message) => trouble.push(`console ${message.type()}: ${message.text()}`));
  context.on('weberror', (error) => trouble.push(`uncaught: ${error.error()}`));
  context.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== new URL(url).origin) trouble.push(`request: ${request.url()}`);
  });
  await prepare?.(context);
  const page = await context.newPage();
  await page.goto(url);
  return { page, context, trouble };
}

/** A phone that is held upright. @type {import('playwright-core').BrowserContextOptions} */
export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

/** Resolves when the page's own matcher is loaded with all there is, and rejects with its error. @param {import('playwright-core').Page} page */
export async function ready(page) {
  const failed = await page.evaluate(() => globalThis.twinlens.matcher.then(() => null, (error) => `${error.code}: ${error.message}`));
  if (failed) throw new Error(failed);
}

/** The photos the page offers. @param {import('playwright-core').Page} page @returns {Promise<{ file: string, title: string }[]>} */
export async function samples(page) {
  return JSON.parse((await page.locator('#samples').textContent()) ?? '[]');
}

/** @param {string} title */
export function half(title) {
  return title.slice(0, Math.ceil(title.length / 2)).trim();
}
