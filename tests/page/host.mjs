// A host of the package and the demo shop that counts, and can be told to misbehave. No cache of the browser keeps what it sends:
// what is not requested again was in the package's own store.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { gzipSync } from 'node:zlib';
import { checkout } from './harness.mjs';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm' };
const PAGE = '<!doctype html><meta charset="utf-8"><title>shop</title><link rel="icon" href="data:,">';
const WWW = `${checkout}www`;

/** @typedef {{ path: string, range: string | undefined, sent: number }} Asked */
/**
 * @typedef {object} Exchange
 * @property {string} path
 * @property {number} times that it was asked for, this time counted
 * @property {Buffer} bytes of the file
 * @property {import('node:http').ServerResponse} response
 * @property {() => void} send the file, or the range that was asked for
 */

/**
 * @param {object} [options]
 * @param {string} [options.catalogue]
 * @param {Record<string, string | ((text: string) => string)>} [options.files] instead of those of the checkout
 */
export async function startHost({ catalogue = `${WWW}/demo/catalogue`, files = {} } = {}) {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://host').pathname);
    const asked = { path, range: request.headers.range, sent: 0 };
    host.asked.push(asked);
    response.setHeader('cache-control', 'no-store');
    response.setHeader('content-type', TYPES[extname(path) || '.html'] ?? 'application/octet-stream');
    const bytes = read(path);
    if (!bytes) return response.writeHead(404).end();
    count(response, asked);
    const send = () => sendRange(response, bytes, request.headers);
    const times = host.asked.filter((other) => other.path === path).length;
    if (!host.answer?.({ path, times, bytes, response, send })) send();
  });

  /** @param {string} path */
  function read(path) {
    const name = path.slice(1);
    const instead = files[name];
    if (typeof instead === 'string') return Buffer.from(instead);
    if (path === '/') return Buffer.from(PAGE);
    const file = name.startsWith('models/') ? join(checkout, name)
      : name.startsWith('catalogue/') ? join(catalogue, name.slice('catalogue/'.length))
      : join(WWW, name);
    if (!existsSync(file)) return undefined;
    const bytes = readFileSync(file);
    return instead ? Buffer.from(instead(bytes.toString())) : bytes;
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const host = {
    url: `http://127.0.0.1:${port}/`,
    /** @type {Asked[]} */
    asked: [],
    /** Takes an exchange over where it gives true. @type {((exchange: Exchange) => boolean | void) | undefined} */
    answer: undefined,
    /** Bytes sent so far. */
    sent: () => host.asked.reduce((sum, { sent }) => sum + sent, 0),
    /** Paths of packs, tokenizers, shards and pictures that were asked for. */
    weights: () => host.asked.map(({ path }) => path).filter((path) => /^\/(models|catalogue)\//.test(path) && !path.endsWith('catalogue.json')),
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return host;
}

/**
 * Counts the bytes of the body as they go out.
 *
 * @param {import('node:http').ServerResponse} response
 * @param {Asked} asked
 */
function count(response, asked) {
  for (const name of /** @type {const} */ (['write', 'end'])) {
    const real = response[name].bind(response);
    response[name] = (/** @type {any} */ chunk, /** @type {any[]} */ ...rest) => {
      if (chunk instanceof Uint8Array) asked.sent += chunk.length;
      return /** @type {any} */ (real)(chunk, ...rest);
    };
  }
}

/** @param {import('node:http').ServerResponse} response @param {Buffer} bytes @param {import('node:http').IncomingHttpHeaders} headers */
function sendRange(response, bytes, headers) {
  const etag = `"${createHash('sha256').update(bytes).digest('hex')}"`;
  response.setHeader('etag', etag);
  response.setHeader('accept-ranges', 'bytes');
  const [, start] = /^bytes=(\d+)-$/.exec(headers.range ?? '') ?? [];
  if (start && (headers['if-range'] ?? etag) === etag) {
    response.setHeader('content-range', `bytes ${start}-${bytes.length - 1}/${bytes.length}`);
    return response.writeHead(206, { 'content-length': bytes.length - Number(start) }).end(bytes.subarray(Number(start)));
  }
  const isText = /javascript|json|wasm|html/.test(String(response.getHeader('content-type')));
  const body = isText ? gzipSync(bytes) : bytes;
  if (isText) response.setHeader('content-encoding', 'gzip');
  response.writeHead(200, { 'content-length': body.length }).end(body);
}

/** The files of a page that has the package, for a service worker. @param {string} page */
export function shellFiles(page) {
  const below = (/** @type {string} */ folder) => readdirSync(`${WWW}/${folder}`).map((name) => `${folder}/${name}`);
  const scripts = ['twinlens.js', 'worker.js', ...below('pkg')].filter((name) => /\.(js|wasm)$/.test(name));
  const version = createHash('sha256').update(page).digest('hex').slice(0, 8);
  const shell = { version, files: ['./', ...scripts] };
  return {
    '': page,
    'service-worker.js': (/** @type {string} */ template) => template.replace(/^.*/, `const SHELL = ${JSON.stringify(shell)};`),
  };
}

/**
 * Loads a matcher on a page of the host, as `globalThis.matcher`; gives its error as data, null where there is none.
 *
 * @param {import('playwright-core').Page} page
 * @param {object} [options] of `Matcher.load`
 * @returns {Promise<{ code: string, message: string, retry: boolean } | null>}
 */
export function load(page, options) {
  return page.evaluate(async (options) => {
    const { Matcher } = await import(/** @type {any} */ ('/twinlens.js'));
    try {
      globalThis.matcher = await Matcher.load({ models: '/models/', catalogue: '/catalogue/', device: 'cpu', ...options });
      return null;
    } catch ({ code, message, retry }) {
      return { code, message, retry };
    }
  }, options);
}

/** The first hit's title. @param {import('playwright-core').Page} page @param {string} title @returns {Promise<string>} */
export function firstHit(page, title) {
  return page.evaluate(async (title) => (await globalThis.matcher.match({ title })).hits[0].title, title);
}
