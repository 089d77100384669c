// node search.mjs [--setup DIR] [--listings N] [--rounds N] [--root CHECKOUT]: exact search in one page each, ours through
// `match`, as a shopper's query has it, against hnswlib-wasm and sqlite-vec over the same vectors; JSON on stdout.

import { readFileSync } from 'node:fs';
import { checkout, launch, startServer } from '../../tests/page/harness.mjs';
import { OURS, compare, fastest, spread, takeTurns, tell } from '../rounds.mjs';
import { options, recall } from '../setup.mjs';
import { blank, loadOurs } from './contenders.mjs';
import { serveFiles } from './files.mjs';
import { loadHnswlib, loadSqlite } from './peers.mjs';

const { setup, listings, rounds, root } = options({ listings: '100000', root: checkout });
const folder = `${setup}/search-${listings}`;
const PEERS = { 'hnswlib-wasm': loadHnswlib, 'sqlite-vec': loadSqlite };

const queries = JSON.parse(readFileSync(`${folder}/queries.json`, 'utf8'));
const site = await startServer({ root, catalogue: `${folder}/catalogue` });
const modules = `${checkout}benches/node_modules`;
const files = await serveFiles({
  'hnswlib-wasm': `${modules}/hnswlib-wasm/dist`,
  'sqlite-vec': `${modules}/sqlite-vec-wasm-demo`,
  search: folder,
});
const browser = await launch();

/** What the matcher says of itself: `match` has the 32 nearest listings found, for the fusion. @param {string} device */
async function ours(device) {
  const page = await blank(browser, `${site.url}package.json`);
  await loadOurs(page, device);
  let next = 0;
  const run = () => page.evaluate(async (title) => {
    const { timings } = await globalThis.matcher.match({ title, limit: 10 });
    // Without the lexical index, which the peers do not have.
    return timings.scan ?? timings.search;
  }, queries[next++ % queries.length].title);
  return { name: OURS, run, page };
}

/** @param {string} name */
async function peer(name) {
  const page = await blank(browser, files.url);
  await PEERS[name](page);
  const search = (query) => page.evaluate((vector) => {
    const query = Float32Array.from(vector);
    const start = performance.now();
    const found = globalThis.search(query);
    return { ms: performance.now() - start, found };
  }, query.vector);
  const found = [];
  for (const query of queries) found.push((await search(query)).found);
  let next = 0;
  return { name, run: async () => (await search(queries[next++ % queries.length])).ms, recall: recall(queries, found) };
}

try {
  const us = await ours('cpu');
  const them = [];
  for (const name of Object.keys(PEERS)) them.push(await peer(name));
  for (const one of [us, ...them]) await fastest([one], { keep: 1, warmups: 10, runs: 1 });
  const samples = await takeTurns([us, ...them], { rounds, runs: 3 });
  const found = { ...compare(samples), recall: Object.fromEntries(them.map(({ name, recall }) => [name, recall])) };
  tell(`cpu search of ${listings}`, found);
  const info = await us.page.evaluate(() => globalThis.matcher.info());
  await us.page.close();
  const gpu = await ours('webgpu');
  await fastest([gpu], { keep: 1, warmups: 2, runs: 1 });
  const { [OURS]: onGpu } = await takeTurns([gpu], { rounds, runs: 1 });
  console.log(JSON.stringify({ device: 'cpu', listings: Number(listings), ...found, info, gpu: spread(onGpu) }));
} finally {
  await browser.close();
  site.stop();
  files.stop();
}
