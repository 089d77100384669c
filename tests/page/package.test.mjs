// What `cargo xtask npm` packs.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { checkout } from './harness.mjs';
import { packed } from './package.mjs';

/** @type {ReturnType<typeof packed>} */
let built;
before(() => {
  built = packed();
});
after(() => built?.remove());

test('the tarball holds the package, its types, a README, both licences, and nothing else', () => {
  const listed = execFileSync('tar', ['-tzf', built.tarball], { encoding: 'utf8' }).trim().split('\n');
  const { files } = JSON.parse(readFileSync(`${checkout}www/package.json`, 'utf8'));
  const expected = ['package.json', ...files].flatMap((/** @type {string} */ file) => {
    if (!file.endsWith('/')) return [file];
    const below = /** @type {string[]} */ (readdirSync(`${checkout}www/${file}`, { recursive: true }));
    return below.filter((name) => /\.\w+$/.test(name)).map((name) => file + name);
  });
  assert.deepEqual(listed.sort(), expected.map((file) => `package/${file}`).sort());
  const readme = readFileSync(join(built.folder, 'README.md'), 'utf8');
  assert.match(readme, /^# twinlens\n/);
  assert.ok(expected.every((file) => /\.(js|d\.ts|wasm|json|md|css)$|^LICENSE-(MIT|APACHE)$/.test(file)), expected.join('\n'));
});

test('every relative import in the package stays in it', () => {
  const names = /** @type {string[]} */ (readdirSync(built.folder, { recursive: true }));
  for (const name of names.filter((name) => /\.(js|d\.ts)$/.test(name))) {
    const source = readFileSync(join(built.folder, name), 'utf8');
    const imported = [...source.matchAll(/^(?:import|export)\b[^'"]*?(?:from )?['"](\.[^'"]+)['"]/gm)].map(([, path]) => path);
    for (const path of imported) {
      const found = [path, path.replace(/\.js$/, '.d.ts')].some((each) => existsSync(join(built.folder, name, '..', each)));
      assert.ok(found, `${name}: expected ${path} in the package`);
    }
  }
});

test('a strict TypeScript project can use what is installed, as bundlers and as Node resolve it', () => {
  const project = mkdtempSync(join(tmpdir(), 'twinlens-types-'));
  try {
    mkdirSync(join(project, 'node_modules'));
    cpSync(built.folder, join(project, 'node_modules/twinlens'), { recursive: true });
    const usage = readFileSync(`${checkout}tests/page/usage.ts`, 'utf8').replace('../../www/twinlens.js', 'twinlens');
    writeFileSync(join(project, 'usage.ts'), usage);
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
    const compiler = `${checkout}tests/page/node_modules/typescript/bin/tsc`;
    for (const [module, resolution] of [['esnext', 'bundler'], ['nodenext', 'nodenext']]) {
      const options = ['--strict', '--noEmit', '--target', 'es2022', '--lib', 'es2022,dom', '--module', module, '--moduleResolution', resolution];
      const { status, stdout } = spawnSync(process.execPath, [compiler, ...options, 'usage.ts'], { cwd: project, encoding: 'utf8' });
      assert.equal(status, 0, stdout);
    }
  } finally {
    rmSync(project, { recursive: true });
  }
});
