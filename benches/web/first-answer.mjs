// node first-answer.mjs --site FOLDER [--rounds N]: from opening the page of the demo shop as `twinlens publish` writes it, with
// nothing of it in any cache, to the first useful answer over a line of 10 Mbit/s: for words and for a photo. Beside it a page that
// loads everything of the same site before it answers, which the page did before it answered in stages. JSON on stdout.

import { readFileSync } from 'node:fs';
import { checkout, launch, startServer } from '../../tests/page/harness.mjs';
import { OURS, compare, takeTurns, tell } from '../rounds.mjs';
import { options } from '../setup.mjs';
import { blank, loadOurs } from './contenders.mjs';
import { slowProxy } from './slow-proxy.mjs';

const { rounds, site: folder } = options({ rounds: '3', site: '' });
if (!folder) throw new Error('expected --site with the folder of the published demo shop, found none');
const BITS_PER_SECOND = 10_000_000;
const WORDS = 'kamera instan';
const PHOTO = `${checkout}www/demo/photos/camera.jpg`;
/** What shows a listing, whatever the decision. */
const ANSWER = ':is([part~=hero], [part~=candidate], [part~=closest], [part~=card]) [part~=title]';

const site = await startServer({ site: folder });

/** Opens a browser, with an empty cache, behind a line of its own; `use` gives milliseconds. @param {(browser: any, url: string) => Promise<number>} use */
async function fresh(use) {
  const line = await slowProxy(site.url, BITS_PER_SECOND);
  const browser = await launch({ webgpu: false });
  try {
    const ms = await use(browser, line.url);
    bytes.push(line.bytes());
    return ms;
  } finally {
    await browser.close();
    line.stop();
  }
}
/** Of each run, what had arrived by its end. @type {number[]} */
let bytes = [];

/** @param {(page: import('playwright-core').Page) => Promise<unknown>} ask */
const staged = (ask) => () => fresh(async (browser, url) => {
  const start = performance.now();
  const page = await blank(browser, `${url}?device=cpu`);
  await ask(page);
  await page.locator(ANSWER).first().waitFor();
  return performance.now() - start;
});

/** @param {(page: import('playwright-core').Page) => Promise<unknown>} ask */
const everything = (ask) => () => fresh(async (browser, url) => {
  const start = performance.now();
  const page = await blank(browser, `${url}site.json`);
  await loadOurs(page, 'cpu');
  await ask(page);
  return performance.now() - start;
});

const WORKS = {
  words: {
    staged: staged((page) => page.locator('[part~=words]').pressSequentially(WORDS)),
    everything: everything((page) => page.evaluate((title) => globalThis.matcher.match({ title }), WORDS)),
  },
  photo: {
    staged: staged((page) => page.locator('input[type=file]').first().setInputFiles(PHOTO)),
    everything: everything((page) => page.evaluate((base64) => {
      const photo = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      return globalThis.matcher.match({ photo });
    }, readFileSync(PHOTO).toString('base64'))),
  },
};

try {
  const works = {};
  for (const [name, { staged, everything }] of Object.entries(WORKS)) {
    const arrived = { [OURS]: [], everything: [] };
    /** @param {string} contender @param {() => Promise<number>} run */
    const counted = (contender, run) => async () => {
      bytes = [];
      const ms = await run();
      arrived[contender].push(...bytes);
      return ms;
    };
    const contenders = [
      { name: OURS, run: counted(OURS, staged) },
      { name: 'everything', run: counted('everything', everything) },
    ];
    works[name] = { ...compare(await takeTurns(contenders, { rounds, runs: 1 })), bytes: arrived };
    tell(`first answer, ${name}`, works[name]);
  }
  console.log(JSON.stringify({ bits_per_second: BITS_PER_SECOND, works }));
} finally {
  site.stop();
}
