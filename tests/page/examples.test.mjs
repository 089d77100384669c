// Each example is built and opened, under the policy that the documentation asks for and with Trusted Types required, and answers
// a real question over the demo shop.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { after, before, test } from 'node:test';
import { checkout, launch } from './harness.mjs';
import { packed } from './package.mjs';

const EXAMPLES = `${checkout}examples/javascript`;
const CDN = 'https://cdn.example';
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm' };
const POLICY = [
  "default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "worker-src 'self'", "connect-src 'self'", "img-src 'self' blob:",
  "base-uri 'none'", "form-action 'none'", 'trusted-types twinlens', "require-trusted-types-for 'script'",
].join('; ');
const POLICY_WITH_CDN = POLICY.replace("script-src 'self'", `script-src 'self' ${CDN}`)
  .replace("worker-src 'self'", `worker-src blob: ${CDN}`).replace("connect-src 'self'", `connect-src 'self' ${CDN}`);

// A build that hangs would otherwise hang the run.
const timeout = 300_000;
const missing = [`${EXAMPLES}/node_modules/vite`, `${checkout}www/pkg/twinlens_core_bg.wasm`].filter((path) => !existsSync(path));
const skip = missing.length > 0 && `skipped: ${missing.join(', ')} not there`;

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {ReturnType<typeof packed>} */
let built;
before(async () => {
  if (skip) return;
  browser = await launch({ webgpu: false });
  built = packed();
  const install = ['install', '--no-save', '--no-audit', '--no-fund', '--offline', built.tarball];
  execFileSync('npm', install, { cwd: EXAMPLES, stdio: 'pipe' });
});
after(async () => {
  await browser?.close();
  built?.remove();
});

/** @type {[example: string, folder: string, script: string | null, policy: string][]} */
const ALL = [
  ['plain', 'plain', null, POLICY],
  ['vite', 'vite/dist', 'build:vite', POLICY],
  ['webpack', 'webpack', 'build:webpack', POLICY],
  ['esbuild', 'esbuild', 'build:esbuild', POLICY],
  ['other-origin', 'other-origin', null, POLICY_WITH_CDN],
  ['trusted-types', 'trusted-types', null, POLICY],
];

for (const [example, folder, script, policy] of ALL) {
  test(`${example}: the page is built, opened and answers`, { timeout, skip }, async (t) => {
    if (script) execFileSync('npm', ['run', '--silent', script], { cwd: EXAMPLES, stdio: 'pipe' });
    const site = await startSite(`${EXAMPLES}/${folder}`, policy);
    const context = await browser.newContext();
    t.after(() => context.close().then(site.stop));
    /** @type {string[]} */
    const trouble = [];
    context.on('console', (message) => trouble.push(`${message.type()}: ${message.text()}`));
    context.on('weberror', (error) => trouble.push(String(error.error())));
    await context.route(`${CDN}/**`, async (route) => {
      const path = join(built.folder, new URL(route.request().url()).pathname.replace(/^\/twinlens@[^/]+/, ''));
      const headers = { 'access-control-allow-origin': '*', 'content-type': TYPES[extname(path)] };
      await route.fulfill({ body: await readFile(path), headers });
    });
    const page = await context.newPage();
    await page.goto(site.url);
    await page.getByLabel('What are you looking for?').fill('instant camera');
    await page.getByRole('button', { name: 'Find it' }).click();
    const output = page.locator('output:not(:empty)');
    assert.match((await output.textContent()) ?? '', /^(Match|Unsure): Instant Camera/);
    assert.deepEqual(trouble, []);
  });
}

/** A site with the example as its root, the demo shop, and the package as `twinlens/`. @param {string} root @param {string} policy */
async function startSite(root, policy) {
  const folders = { '/models/': `${checkout}models`, '/catalogue/': `${checkout}www/demo/catalogue`, '/twinlens/': built.folder };
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://site').pathname);
    const [start, folder] = Object.entries(folders).find(([start]) => path.startsWith(start)) ?? ['/', root];
    const file = join(folder, path === '/' ? 'index.html' : path.slice(start.length));
    response.setHeader('content-security-policy', policy);
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    // Browsers ask for it, and would tell the console that there is none.
    if (path === '/favicon.ico') response.writeHead(204).end();
    else createReadStream(file).on('error', () => response.writeHead(404).end()).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}/`, stop: () => server.close() };
}
