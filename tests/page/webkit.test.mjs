// The package and the page in WebKitGTK, the engine of Safari as Linux distributions build it, over WebDriver. Its browser needs a
// display, which Xvfb stands in for.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Builder, Capabilities, Key } from 'selenium-webdriver';
import { findFreePort } from 'selenium-webdriver/net/portprober.js';
import { DriverService } from 'selenium-webdriver/remote/index.js';
import { startServer } from './harness.mjs';
import { startHost } from './host.mjs';

const TIMEOUT_MS = 300_000;
const TITLE = 'Instant Camera';
const DRIVER = '/usr/bin/WebKitWebDriver';
const DISPLAY_SERVER = '/usr/bin/Xvfb';
const absent = [DRIVER, DISPLAY_SERVER].filter((path) => !existsSync(path));
const skip = absent.length > 0 && `skipped: no ${absent.join(', ')}`;

describe('WebKitGTK', { skip, timeout: TIMEOUT_MS }, () => {
  /** @type {import('node:child_process').ChildProcess} */
  let display;
  /** @type {DriverService} */
  let service;
  /** @type {import('selenium-webdriver').WebDriver} */
  let driver;
  before(async () => {
    display = spawn(DISPLAY_SERVER, ['-displayfd', '3', '-screen', '0', '1280x900x24'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    const [number] = await once(/** @type {any} */ (display.stdio[3]), 'data');
    const port = await findFreePort();
    service = new DriverService(DRIVER, {
      loopback: true, port, args: [`--port=${port}`], env: { ...process.env, DISPLAY: `:${number.toString().trim()}` },
    });
    const capabilities = new Capabilities({ browserName: 'MiniBrowser' });
    driver = await new Builder().usingServer(await service.start(TIMEOUT_MS)).withCapabilities(capabilities).build();
    await driver.manage().setTimeouts({ script: TIMEOUT_MS });
  });
  after(async () => {
    await driver?.quit();
    await service?.kill();
    display?.kill();
  });

  test('answers words and a photo, and requests no weights in a second tab', async () => {
    const host = await startHost();
    try {
      const answer = () => evaluate(driver, async () => {
        const { Matcher } = await import(/** @type {any} */ ('/twinlens.js'));
        const matcher = await Matcher.load({ models: '/models/', catalogue: '/catalogue/' });
        const photo = await (await fetch('/demo/photos/camera.jpg')).blob();
        const { hits, complete } = await matcher.match({ photo, title: 'camera' });
        return { title: hits[0].title, complete, picture: hits[0].thumbnail?.type };
      });
      await driver.get(host.url);
      assert.deepEqual(await answer(), { title: TITLE, complete: true, picture: 'image/webp' });
      host.asked.length = 0;
      // A session under automation keeps stored files as long as a page of their origin is open.
      await driver.switchTo().newWindow('tab');
      await driver.get(host.url);
      assert.deepEqual(await answer(), { title: TITLE, complete: true, picture: 'image/webp' });
      assert.deepEqual(host.weights(), []);
    } finally {
      host.stop();
    }
  });

  test('the page answers what is typed', async () => {
    const server = await startServer();
    try {
      await driver.get(server.url);
      const part = (/** @type {string} */ name) => driver.executeScript(
        (/** @type {string} */ name) => document.querySelector('twinlens-search')?.shadowRoot?.querySelector(`[part~=${name}]`), name);
      const words = /** @type {any} */ (await driver.wait(() => part('words'), TIMEOUT_MS));
      await words.sendKeys(TITLE, Key.ENTER);
      const hero = /** @type {any} */ (await driver.wait(() => part('hero'), TIMEOUT_MS));
      assert.match(await hero.getText(), new RegExp(TITLE));
    } finally {
      server.stop();
    }
  });
});

/** Runs a function on the page; its errors are this program's. @param {import('selenium-webdriver').WebDriver} driver @param {() => Promise<any>} run */
async function evaluate(driver, run) {
  const script = `const done = arguments[0]; (${run})().then((value) => done({ value }), (error) => done({ error: error.stack ?? String(error) }))`;
  const { value, error } = /** @type {any} */ (await driver.executeAsyncScript(script));
  if (error) throw new Error(error);
  return value;
}
