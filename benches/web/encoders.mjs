// node encoders.mjs [--device cpu|webgpu] [--setup DIR] [--rounds N] [--only title24,photo] [--root CHECKOUT]: our encoders
// against ONNX Runtime Web's, warm, in one browser; JSON on stdout.

import { checkout, launch, startServer } from '../../tests/page/harness.mjs';
import { OURS, compare, fastest, takeTurns, tell } from '../rounds.mjs';
import { agreement, modelsOf, options, works } from '../setup.mjs';
import { blank, createSession, loadOurs, loadPeer, ours, peer } from './contenders.mjs';
import { serveFiles } from './files.mjs';
import { layersOnCpu } from './placement.mjs';

const { device, setup, rounds, only, root } = options({ device: 'cpu', root: checkout });
// A software adapter takes seconds for what the CPU does in milliseconds.
const effort = device === 'webgpu' ? { warmups: 1, tries: 1, keep: 1, runs: 1 } : { warmups: 5, tries: 5, keep: 2, runs: 3 };

const site = await startServer({ root, catalogue: `${setup}/catalogue` });
const files = await serveFiles({ ort: `${checkout}benches/node_modules/onnxruntime-web/dist`, onnx: `${setup}/onnx` });
const browser = await launch();
try {
  const wanted = works(setup, only);
  const needed = wanted.models.filter((model) => wanted.works.some(([, work]) => modelsOf([model], work).length));
  const onCpu = device === 'webgpu' ? await layersOnCpu(browser, files.url, needed) : {};
  const ourPage = await blank(browser, `${site.url}package.json`);
  const peerPage = await blank(browser, files.url);
  await loadOurs(ourPage, device);
  await loadPeer(peerPage, device);
  const found = {};
  const made = new Set();
  for (const [name, work] of wanted.works) {
    const own = await ours(ourPage, work, setup);
    const vector = await own.vector();
    const forms = [];
    for (const model of modelsOf(wanted.models, work)) {
      if (!made.has(model)) await createSession(peerPage, model, device);
      made.add(model);
      const contender = await peer(peerPage, model, work);
      const agreed = agreement(`${name} on ${device}`, model, vector, await contender.vector());
      forms.push({ name: model, run: contender.run, ...agreed, layers_on_cpu: onCpu[model] });
    }
    // A form whose layers stay on the CPU says nothing about WebGPU, and has its row on the CPU.
    const fit = forms.filter(({ layers_on_cpu, wrong }) => !layers_on_cpu && !wrong);
    const { kept, tried } = await fastest(fit, { also: ({ near }) => near, keep: effort.keep, warmups: effort.warmups, runs: effort.tries });
    await fastest([{ name: OURS, run: own.run }], { keep: 1, warmups: effort.warmups, runs: effort.tries });
    const samples = await takeTurns([{ name: OURS, run: own.run }, ...kept], { rounds, runs: effort.runs });
    found[name] = { ...compare(samples), tried, forms: forms.map(({ run, ...form }) => form) };
    tell(`${device} ${name}`, found[name]);
  }
  const info = await ourPage.evaluate(() => globalThis.matcher.info());
  console.log(JSON.stringify({ device, browser: browser.version(), info, works: found }));
} finally {
  await browser.close();
  site.stop();
  files.stop();
}
