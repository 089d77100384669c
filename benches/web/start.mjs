// node start.mjs [--device cpu|webgpu] [--setup DIR] [--rounds N] [--peers title24=FORM,photo=FORM] [--root CHECKOUT]: the first
// run after loading, each in a browser of its own so that nothing is compiled yet, and loading from the HTTP cache; JSON on stdout.

import { checkout, launch, startServer } from '../../tests/page/harness.mjs';
import { OURS, compare, takeTurns, tell } from '../rounds.mjs';
import { options, works } from '../setup.mjs';
import { blank, createSession, loadOurs, loadPeer, ours, peer } from './contenders.mjs';
import { serveFiles } from './files.mjs';

const { device, setup, rounds, peers, root } = options({
  device: 'cpu',
  rounds: '5',
  peers: '',
  root: checkout,
});
/** The forms that are fastest warm, where these were measured. */
const USUAL = device === 'webgpu' ? 'title24=title.fp32-fused,photo=photo.fp32' : 'title24=title.int8,photo=photo.fp32';
const forms = (peers || USUAL).split(',').map((pair) => pair.split('='));

const site = await startServer({ root, catalogue: `${setup}/catalogue` });
const files = await serveFiles({ ort: `${checkout}benches/node_modules/onnxruntime-web/dist`, onnx: `${setup}/onnx` });

/** @template T @param {(browser: import('playwright-core').Browser) => Promise<T>} use */
async function fresh(use) {
  const browser = await launch();
  try {
    return await use(browser);
  } finally {
    await browser.close();
  }
}

/** @param {import('../setup.mjs').Work} work @param {string} form */
function firstRuns(work, form) {
  const own = () => fresh(async (browser) => {
    const page = await blank(browser, `${site.url}package.json`);
    await loadOurs(page, device, 'none');
    return (await ours(page, work, setup)).run();
  });
  const theirs = () => fresh(async (browser) => {
    const page = await blank(browser, files.url);
    await loadPeer(page, device);
    await createSession(page, form, device);
    return (await peer(page, form, work)).run();
  });
  return [{ name: OURS, run: own }, { name: form, run: theirs }];
}

/** The second visit of a browser: every file is in its cache. */
function loads() {
  const own = () => fresh(async (browser) => {
    const page = await blank(browser, `${site.url}package.json`);
    await loadOurs(page, device, 'none');
    await page.goto(`${site.url}package.json`);
    return loadOurs(page, device, 'none');
  });
  const theirs = () => fresh(async (browser) => {
    const page = await blank(browser, files.url);
    const load = async () => {
      let ms = await loadPeer(page, device);
      for (const [, form] of forms) ms += await createSession(page, form, device);
      return ms;
    };
    await load();
    await page.goto(files.url);
    return load();
  });
  return [{ name: OURS, run: own }, { name: 'onnxruntime-web', run: theirs }];
}

try {
  const found = {};
  for (const [name, form] of forms) {
    const [[, work]] = works(setup, name).works;
    found[name] = compare(await takeTurns(firstRuns(work, form), { rounds, runs: 1 }));
    tell(`${device} ${name}, first run`, found[name]);
  }
  const load = compare(await takeTurns(loads(), { rounds, runs: 1 }));
  tell(`${device} load from cache`, load);
  console.log(JSON.stringify({ device, first: found, load }));
} finally {
  site.stop();
  files.stop();
}
