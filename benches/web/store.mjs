// node store.mjs [--setup DIR] [--rounds N] [--root CHECKOUT]: the second visit, with every file in the browser's own store: until
// both encoders are ready on the CPU, ours and transformers.js with the same weights. JSON on stdout.

import { checkout, launch, startServer } from '../../tests/page/harness.mjs';
import { OURS, compare, takeTurns, tell } from '../rounds.mjs';
import { options } from '../setup.mjs';
import { blank, loadOurs } from './contenders.mjs';
import { serveFiles } from './files.mjs';

const { setup, rounds, root } = options({ rounds: '5', root: checkout });
const PEER = 'transformers.js';

const modules = `${checkout}benches/node_modules`;
const site = await startServer({ root, catalogue: `${setup}/catalogue` });
const files = await serveFiles({
  transformers: `${modules}/@huggingface/transformers/dist`,
  hub: `${setup}/onnx/hub`,
  ort: `${modules}/@huggingface/transformers/node_modules/onnxruntime-web/dist`,
});

/** Gives the milliseconds that it took. @param {import('playwright-core').Page} page */
function loadTheirs(page) {
  return page.evaluate(async () => {
    const start = performance.now();
    const { AutoModel, AutoTokenizer, env } = await import(`${location.origin}/transformers/transformers.min.js`);
    env.allowLocalModels = false;
    env.remoteHost = `${location.origin}/hub/`;
    env.backends.onnx.wasm.wasmPaths = `${location.origin}/ort/`;
    env.backends.onnx.wasm.numThreads = 1;
    await Promise.all([
      AutoTokenizer.from_pretrained('minilm'),
      AutoModel.from_pretrained('minilm', { device: 'wasm', dtype: 'q8' }),
      AutoModel.from_pretrained('lite0', { device: 'wasm', dtype: 'fp32' }),
    ]);
    return performance.now() - start;
  });
}

/** The second of two visits in a browser of its own. @param {string} url @param {(page: import('playwright-core').Page) => Promise<number>} load */
const second = (url, load) => async () => {
  const browser = await launch({ webgpu: false });
  try {
    const page = await blank(browser, url);
    await load(page);
    await page.goto(url);
    return await load(page);
  } finally {
    await browser.close();
  }
};

try {
  const contenders = [
    { name: OURS, run: second(`${site.url}package.json`, (page) => loadOurs(page, 'cpu')) },
    { name: PEER, run: second(files.url, loadTheirs) },
  ];
  const load = compare(await takeTurns(contenders, { rounds, runs: 1 }));
  tell('load from store', load);
  console.log(JSON.stringify({ works: { load } }));
} finally {
  site.stop();
  files.stop();
}
