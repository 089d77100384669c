// A program that answers every line on its stdin with a line of JSON.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** @param {string} program @param {string[]} parameters */
export function talkTo(program, parameters) {
  const child = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  const ended = new Promise((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${program}: expected an answer, found exit ${code}: ${said.trim().split('\n').at(-1)}`)));
  });
  ended.catch(() => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    /** @param {string} line @returns {Promise<any>} */
    async ask(line) {
      child.stdin.write(`${line}\n`);
      const answer = await Promise.race([lines.next(), ended]);
      // Its stdout may close just before its exit is known, and that says more.
      return answer.done ? ended : JSON.parse(answer.value);
    },
    stop: () => child.kill(),
  };
}
