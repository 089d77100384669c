// node search.mjs --ours BINARY --python PYTHON [--setup DIR] [--listings N] [--rounds N] [--gpu yes]: our exact scan of one thread
// against usearch and faiss over the same vectors; JSON on stdout.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { OURS, compare, fastest, spread, takeTurns, tell } from '../rounds.mjs';
import { options, recall } from '../setup.mjs';
import { talkTo } from './process.mjs';

const { ours, python, setup, listings, rounds, gpu } = options({ ours: '', python: 'python3', listings: '100000', gpu: '' });
const PEERS = ['usearch.i8', 'faiss.f32'];

const queries = JSON.parse(readFileSync(`${setup}/search-${listings}/queries.json`, 'utf8'));
const own = talkTo(ours, ['run', setup, listings, 'cpu']);
const peer = talkTo(python, [fileURLToPath(new URL('./search.py', import.meta.url)), setup, listings]);
try {
  const us = await contender(OURS, own, '');
  const them = [];
  for (const name of PEERS) them.push(await contender(name, peer, `${name} `));
  for (const one of [us, ...them]) await fastest([one], { keep: 1, warmups: 3, runs: 1 });
  const samples = await takeTurns([us, ...them], { rounds, runs: 3 });
  const filtered = await timed('filtered', own, 'filtered ');
  const found = { ...compare(samples), filtered, recall: Object.fromEntries([us, ...them].map(({ name, recall }) => [name, recall])) };
  tell(`native search of ${listings}`, found);
  console.log(JSON.stringify({ device: 'native', listings: Number(listings), ...found, ...(gpu && { gpu: await onGpu() }) }));
} finally {
  own.stop();
  peer.stop();
}

/** Milliseconds and recall of our scan on the GPU, what it reads back, and milliseconds with a filter. */
async function onGpu() {
  const device = talkTo(ours, ['run', setup, listings, 'gpu']);
  try {
    const us = await contender(OURS, device, '');
    const unfiltered = await timed(OURS, device, '');
    const { readback_bytes } = await device.ask('0');
    return { ...unfiltered, recall: us.recall, readback_bytes, filtered: await timed('filtered', device, 'filtered ') };
  } finally {
    device.stop();
  }
}

/** Milliseconds of queries with that prefix. @param {string} name @param {ReturnType<typeof talkTo>} program @param {string} prefix */
async function timed(name, program, prefix) {
  let next = 0;
  const run = async () => (await program.ask(`${prefix}${next++ % queries.length}`)).ms;
  await fastest([{ name, run }], { keep: 1, warmups: 1, runs: 1 });
  return spread((await takeTurns([{ name, run }], { rounds, runs: 1 }))[name]);
}

/** Queries one after another, and how much of the exact f32 answer they find. @param {string} name @param {ReturnType<typeof talkTo>} program @param {string} prefix */
async function contender(name, program, prefix) {
  const found = [];
  for (const number of queries.keys()) found.push((await program.ask(`${prefix}${number}`)).found);
  let next = 0;
  const run = async () => (await program.ask(`${prefix}${next++ % queries.length}`)).ms;
  return { name, run, recall: recall(queries, found) };
}
