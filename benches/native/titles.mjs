// node titles.mjs --ours BINARY [--rounds N]: what is done with a title of 4,096 characters, except encoding it, beside one of 400 of
// the same kind; JSON on stdout.

import { execFileSync } from 'node:child_process';
import { OURS, compare, fastest, takeTurns, tell } from '../rounds.mjs';
import { options } from '../setup.mjs';
import { talkTo } from './process.mjs';

const { ours, rounds } = options({ ours: '', python: '' });
const [LONG, SHORT] = [4096, 400];

const kinds = JSON.parse(execFileSync(ours, ['kinds'], { encoding: 'utf8' }));
const program = talkTo(ours, []);
try {
  const works = {};
  for (const kind of kinds) {
    const run = (length) => async () => (await program.ask(`${kind} ${length}`)).ms;
    const contenders = [
      { name: OURS, run: run(LONG) },
      { name: String(SHORT), run: run(SHORT) },
    ];
    for (const contender of contenders) await fastest([contender], { keep: 1, warmups: 3, runs: 1 });
    works[kind] = compare(await takeTurns(contenders, { rounds, runs: 5 }));
    tell(`title of ${LONG} characters, ${kind}`, works[kind]);
  }
  console.log(JSON.stringify({ device: 'native', works }));
} finally {
  program.stop();
}
