// node encoders.mjs --ours BINARY --python PYTHON [--setup DIR] [--models DIR] [--rounds N] [--only title24,photo]: our encoders
// against ONNX Runtime's CPU package, one thread each; JSON on stdout.

import { fileURLToPath } from 'node:url';
import { OURS, compare, fastest, takeTurns, tell } from '../rounds.mjs';
import { agreement, modelsOf, options, works } from '../setup.mjs';
import { talkTo } from './process.mjs';

const { ours, python, setup, models, rounds, only } = options({ ours: '', python: 'python3', models: 'models' });
const EFFORT = { warmups: 10, runs: 9 };

const own = talkTo(ours, [setup, models]);
const peer = talkTo(python, [fileURLToPath(new URL('./ort.py', import.meta.url)), setup]);
try {
  const wanted = works(setup, only);
  const found = {};
  for (const [name, work] of wanted.works) {
    const { vector } = await own.ask(name);
    const us = { name: OURS, run: async () => (await own.ask(name)).ms };
    const forms = [];
    for (const model of modelsOf(wanted.models, work)) {
      const run = async () => (await peer.ask(`${model} ${name}`)).ms;
      const agreed = agreement(`${name} natively`, model, vector, (await peer.ask(`${model} ${name}`)).vector);
      forms.push({ name: model, run, ...agreed });
    }
    const { kept, tried } = await fastest(forms.filter(({ wrong }) => !wrong), { also: ({ near }) => near, keep: 2, ...EFFORT });
    await fastest([us], { keep: 1, ...EFFORT });
    const samples = await takeTurns([us, ...kept], { rounds, runs: EFFORT.runs });
    found[name] = { ...compare(samples), tried, forms: forms.map(({ run, ...form }) => form) };
    tell(`native ${name}`, found[name]);
  }
  console.log(JSON.stringify({ device: 'native', works: found }));
} finally {
  own.stop();
  peer.stop();
}
