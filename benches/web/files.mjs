// The peers and their models on loopback, with the headers that `twinlens serve` sends.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm', '.json': 'application/json' };
const BLANK = '<!doctype html><title>bench</title>';

/** @param {Record<string, string>} folders by the first part of the path @returns {Promise<{ url: string, stop: () => void }>} */
export async function serveFiles(folders) {
  const server = createServer(async ({ url, headers }, response) => {
    const [, first, ...rest] = normalize(decodeURIComponent(new URL(url ?? '/', 'http://localhost').pathname)).split('/');
    if (!first) return response.writeHead(200, { 'content-type': 'text/html' }).end(BLANK);
    const file = folders[first] && join(folders[first], ...rest);
    const found = file && (await stat(file).catch(() => null));
    if (!found?.isFile()) return response.writeHead(404).end();
    const modified = found.mtime.toUTCString();
    const common = { 'cache-control': 'no-cache', 'last-modified': modified, 'cross-origin-resource-policy': 'same-origin' };
    if (headers['if-modified-since'] === modified) return response.writeHead(304, common).end();
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { ...common, 'content-type': type, 'content-length': found.size });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}/`, stop: () => server.close() };
}
