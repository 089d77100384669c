// twinlens.d.ts is written by hand: the compiler checks that the JavaScript agrees with it, and the types of all of www.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('./', import.meta.url));
const compiler = `${folder}node_modules/typescript/bin/tsc`;
const needed = [compiler, `${folder}../../www/pkg/twinlens_core.d.ts`];
const missing = needed.filter((file) => !existsSync(file));
const skip = missing.length > 0 && `skipped: ${missing.join(', ')} not there`;

test('the JavaScript of www agrees with twinlens.d.ts and with itself', { skip }, () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [compiler, '--project', folder], { encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
});

test('what the package exports is what twinlens.d.ts declares', async () => {
  const types = readFileSync(new URL('../../www/twinlens.d.ts', import.meta.url), 'utf8');
  const declared = [...types.matchAll(/^export (?:class|function) (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(Object.keys(await import('../../www/client/main.js')).sort(), declared.sort());
});

test('every error code that a caller can get is declared in twinlens.d.ts and listed in the README', () => {
  const read = (/** @type {string} */ file) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  const scripts = ['www/client', 'www/worker'].flatMap((folder) => readdirSync(new URL(`../../${folder}`, import.meta.url)).map((file) => `${folder}/${file}`));
  const written = scripts.flatMap((file) => [
    ...read(file).matchAll(/(?:TwinlensError\(\s*|code: )'([a-z-]+)'/g),
  ]);
  const codes = new Set([...written, ...read('src/error.rs').matchAll(/=> "([a-z-]+)"/g)].map(([, code]) => code));
  // Only the command line reads listings and recipes, and trains.
  for (const code of ['bad-listings', 'bad-recipe', 'training-failed']) codes.delete(code);
  assert.ok(codes.size > 10, `expected the codes of all sources, found ${[...codes]}`);
  const [types, readme] = [read('www/twinlens.d.ts'), read('README.md')];
  for (const code of codes) {
    assert.ok(types.includes(`| '${code}'`), `expected '${code}' among the codes of twinlens.d.ts`);
    assert.ok(readme.includes(`\`${code}\``), `expected \`${code}\` among the codes of the README`);
  }
});
