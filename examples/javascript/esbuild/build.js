import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const wasm = 'pkg/twinlens_core_bg.wasm';

await build({
  entryPoints: { main: here('main.js'), worker: 'twinlens/worker.js' },
  absWorkingDir: here('./'),
  outdir: 'dist',
  bundle: true,
  minify: true,
  format: 'esm',
});
// The worker fetches it from where it lies itself.
cpSync(fileURLToPath(import.meta.resolve(`twinlens/${wasm}`)), here(`dist/${wasm}`));
