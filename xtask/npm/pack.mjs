// node pack.mjs OUT: the npm package as a folder OUT/twinlens and as the tarball that `npm pack` makes of it, whose path is
// printed. www/pkg must be built.

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const checkout = fileURLToPath(new URL('../../', import.meta.url));
const [out] = process.argv.slice(2);
if (!out) fail('expected a folder for the package, found no argument');

const www = join(checkout, 'www');
const folder = join(resolve(out), 'twinlens');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

for (const file of ['package.json', ...JSON.parse(readFileSync(join(www, 'package.json'), 'utf8')).files]) {
  // The README is that of the package, the licences are those of the whole project.
  const from = [join(www, file), join(checkout, 'xtask/npm', file), join(checkout, file)].find((path) => existsSync(path));
  if (!from) fail(`expected ${join(www, file)}, found none; \`cargo xtask build-web\` makes www/pkg, www/twinlens.js and www/worker.js`);
  const to = join(folder, file);
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true });
}

const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', resolve(out)], { cwd: folder, encoding: 'utf8' });
console.log(join(resolve(out), JSON.parse(packed)[0].filename));

/** @param {string} message @returns {never} */
function fail(message) {
  console.error(`pack.mjs: ${message}`);
  process.exit(1);
}
