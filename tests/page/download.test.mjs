// How files are fetched, against servers that misbehave: the code of the worker runs here as it is, without a browser, where
// files are kept in memory.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { Downloads } from '../../www/worker/download.js';
import { Store } from '../../www/worker/store.js';

const FILE = randomBytes(400_000);
const HASH = createHash('sha256').update(FILE).digest('hex');
// Waiting is what is tested; nobody needs to wait for it.
const QUICK = 400;

/** @typedef {{ path: string, range: string | undefined, ifRange: string | undefined }} Asked */

/**
 * A server whose answers are functions, one a request; the last answers all further ones.
 *
 * @param {((response: import('node:http').ServerResponse, asked: Asked) => void)[]} answers
 */
async function host(...answers) {
  /** @type {Asked[]} */
  const asked = [];
  const server = createServer((request, response) => {
    const seen = { path: request.url ?? '', range: request.headers.range, ifRange: /** @type {string} */ (request.headers['if-range']) };
    asked.push(seen);
    answers[Math.min(asked.length, answers.length) - 1](response, seen);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}/file`, asked };
}

/** Sends the file, or the range that was asked for. @param {import('node:http').ServerResponse} response @param {Asked} asked */
function sendRange(response, { range }) {
  const start = Number(/bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
  const headers = { 'content-length': FILE.length - start, etag: '"1"' };
  if (start) response.writeHead(206, { ...headers, 'content-range': `bytes ${start}-${FILE.length - 1}/${FILE.length}` });
  else response.writeHead(200, headers);
  response.end(FILE.subarray(start));
}

/** @param {import('node:http').ServerResponse} response */
function sendWhole(response) {
  response.writeHead(200, { 'content-length': FILE.length }).end(FILE);
}

/** @param {number} at the share of the file after which the connection breaks @returns {(response: import('node:http').ServerResponse) => void} */
const breakOff = (at) => (response) => {
  response.writeHead(200, { 'content-length': FILE.length, etag: '"1"' });
  response.write(FILE.subarray(0, FILE.length * at), () => response.destroy());
};

/** @param {import('node:http').ServerResponse} response */
const silence = (response) => void response;

/** @param {object} [settings] */
function downloads(settings) {
  return new Downloads({ store: new Store(true), kindOf: () => 'photo', timeout: QUICK, ...settings });
}

/** @param {Downloads} from @param {string} url @param {'default' | 'reload'} [mode] */
async function whole(from, url, mode) {
  const body = await from.open(url, FILE.length, HASH, mode);
  const pieces = [];
  for (let piece; (piece = await body.next()); ) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  if (createHash('sha256').update(bytes).digest('hex') === HASH) body.accept();
  await from.written();
  return bytes;
}

/** @param {Promise<unknown>} promise */
function failure(promise) {
  return promise.then(() => assert.fail('expected a failure'), ({ name, code, retry }) => ({ name, code, retry }));
}

test('a connection that drops at 80 % is taken up there', async () => {
  const { url, asked } = await host(breakOff(0.8), sendRange);
  assert.deepEqual(await whole(downloads(), url), FILE);
  assert.equal(asked.length, 2);
  const [, start] = /bytes=(\d+)-/.exec(asked[1].range ?? '') ?? [];
  assert.ok(Number(start) > 0 && Number(start) <= FILE.length * 0.8, `expected a start of at most 80 %, found ${asked[1].range}`);
});

test('a server that ignores the range sends the file again, and no byte is given twice', async () => {
  const { url } = await host(breakOff(0.5), sendWhole);
  assert.deepEqual(await whole(downloads(), url), FILE);
});

test('a range that the server does not have makes it send the file as a whole', async () => {
  const { url, asked } = await host(breakOff(0.5), (response) => response.writeHead(416).end(), sendWhole);
  assert.deepEqual(await whole(downloads(), url), FILE);
  assert.deepEqual(asked.map(({ range }) => range !== undefined), [false, true, false]);
});

test('a partial answer that is of another range is not taken', async () => {
  const other = (/** @type {import('node:http').ServerResponse} */ response) =>
    response.writeHead(206, { 'content-range': `bytes 0-${FILE.length - 1}/${FILE.length}` }).end(FILE);
  const { url } = await host(breakOff(0.5), other, sendWhole);
  assert.deepEqual(await whole(downloads(), url), FILE);
});

test('a stream that falls silent is taken up where it did', async () => {
  const stall = (/** @type {import('node:http').ServerResponse} */ response) => {
    response.writeHead(200, { 'content-length': FILE.length }).write(FILE.subarray(0, 100_000));
  };
  const { url, asked } = await host(stall, sendRange);
  assert.deepEqual(await whole(downloads(), url), FILE);
  assert.equal(asked[1].range, 'bytes=100000-');
});

test('a request that waits for another to end is not given up while that one still sends', async () => {
  // As a browser has it that opens no more than so many connections to a server, over a slow line.
  const slowly = (/** @type {import('node:http').ServerResponse} */ response) => {
    response.writeHead(200, { 'content-length': FILE.length });
    const send = (/** @type {number} */ from) => {
      response.write(FILE.subarray(from, from + 50_000));
      if (from + 50_000 < FILE.length) setTimeout(send, QUICK / 4, from + 50_000);
      else sendWhole(waiting);
    };
    send(0);
  };
  /** @type {any} */
  let waiting;
  const { url, asked } = await host(slowly, (response) => void (waiting = response));
  const from = downloads({ tries: 1 });
  assert.deepEqual(await Promise.all([whole(from, url), whole(from, url)]), [FILE, FILE]);
  assert.equal(asked.length, 2);
});

test('a server that is busy is asked again', async () => {
  const busy = (/** @type {import('node:http').ServerResponse} */ response) => response.writeHead(503, { 'retry-after': '0' }).end();
  const { url, asked } = await host(busy, busy, sendWhole);
  assert.deepEqual(await whole(downloads(), url), FILE);
  assert.equal(asked.length, 3);
});

test('a server that never answers ends in "timeout", and trying again helps', async () => {
  const { url, asked } = await host(silence, silence, sendWhole);
  const from = downloads({ tries: 2 });
  assert.deepEqual(await failure(whole(from, url)), { name: 'TwinlensError', code: 'timeout', retry: true });
  assert.equal(asked.length, 2);
  assert.deepEqual(await whole(from, url), FILE);
});

test('a file that is given up is taken up by the next call where it broke off', async () => {
  const { url, asked } = await host(breakOff(0.8), silence, sendRange);
  const from = downloads({ tries: 2 });
  assert.equal((await failure(whole(from, url))).code, 'timeout');
  assert.deepEqual(await whole(from, url), FILE);
  assert.equal(asked[2].range, asked[1].range);
  assert.deepEqual(await whole(from, url), FILE, 'and what was kept is the whole file');
  assert.equal(asked.length, 3);
});

test('a file that is missing is an "io" that trying again does not mend', async () => {
  const { url, asked } = await host((response) => response.writeHead(404).end());
  assert.deepEqual(await failure(whole(downloads(), url)), { name: 'TwinlensError', code: 'io', retry: false });
  assert.equal(asked.length, 2, 'once more past the caches, which may have kept this answer from before the file was there');
});

test('a file that was accepted is not requested again', async () => {
  const { url, asked } = await host(sendWhole);
  const from = downloads();
  await whole(from, url);
  assert.deepEqual(await whole(from, url), FILE);
  assert.equal(asked.length, 1);
});

test('a file that was not accepted is not kept, and "reload" drops one that was', async () => {
  const { url, asked } = await host(sendWhole);
  const from = downloads();
  const body = await from.open(url, FILE.length, HASH);
  while (await body.next());
  await whole(from, url);
  assert.equal(asked.length, 2);
  await whole(from, url, 'reload');
  assert.equal(asked.length, 3);
});

test('offline, only what is kept is given', async () => {
  const { url, asked } = await host(sendWhole);
  const from = downloads();
  from.offline = true;
  assert.deepEqual(await failure(whole(from, url)), { name: 'TwinlensError', code: 'offline', retry: true });
  assert.equal(asked.length, 0);
  from.offline = false;
  await whole(from, url);
  from.offline = true;
  assert.deepEqual(await whole(from, url), FILE);
});

test('what is read from this device goes on when the network is given up', async () => {
  const { url } = await host(sendWhole);
  const from = downloads();
  await whole(from, url);
  await from.written();
  const body = await from.open(url, FILE.length, HASH);
  from.offline = true;
  const pieces = [];
  for (let piece = await body.next(); piece; piece = await body.next()) pieces.push(piece);
  assert.deepEqual(Buffer.concat(pieces), FILE);
});

test('what is stopped ends in "aborted", and is taken up later', async () => {
  const { url, asked } = await host((response) => {
    response.writeHead(200, { 'content-length': FILE.length }).write(FILE.subarray(0, 200_000));
  }, sendRange);
  const from = downloads({ timeout: 60_000 });
  const body = await from.open(url, FILE.length, HASH);
  for (let given = 0; given < 200_000; ) given += (await body.next())?.length ?? 0;
  const next = failure(body.next());
  from.stop('photo');
  assert.equal((await next).code, 'aborted');
  assert.deepEqual(await whole(from, url), FILE);
  assert.equal(asked[1].range, 'bytes=200000-');
});

test('an entry of the store that ends early is completed, and not kept as it is', async () => {
  const store = new Store(true);
  await store.put(HASH, new Blob([FILE.subarray(0, 1000)]));
  const { url, asked } = await host(sendRange, sendWhole);
  assert.deepEqual(await whole(downloads({ store }), url), FILE);
  assert.equal(asked[0].range, 'bytes=1000-');
  assert.equal(await store.get(HASH), undefined);
  assert.deepEqual(await whole(downloads({ store }), url), FILE);
  assert.deepEqual(Buffer.from(await new Response(await store.get(HASH)).arrayBuffer()), FILE);
});

test('without a store nothing is kept', async () => {
  const { url, asked } = await host(sendWhole);
  const from = downloads({ store: new Store(false) });
  await whole(from, url);
  await whole(from, url);
  assert.equal(asked.length, 2);
});

test('each request is told with its bytes and where they came from', async () => {
  const { url } = await host(breakOff(0.5), sendRange);
  /** @type {Set<import('../../www/worker/download.js').Request>} */
  const told = new Set();
  const from = downloads({ onRequest: (/** @type {any} */ request) => told.add(request) });
  await whole(from, url);
  await whole(from, url);
  const [first, second, stored] = told;
  assert.deepEqual([first.from, second.from, stored.from], ['network', 'network', 'store']);
  assert.equal(first.bytes + second.bytes, FILE.length);
  assert.equal(stored.bytes, FILE.length);
});

test('a manifest is asked for anew each time, and the last whole catalogue stands in where the network fails', async () => {
  /** @type {string | null} */
  let now = `{"shards":["${HASH}"]}`;
  const { url } = await host((response) => (now ? response.end(now) : response.writeHead(503, { 'retry-after': '0' }).end()));
  const from = downloads();
  const read = async () => {
    const body = await from.open(url, undefined, undefined, 'revalidate');
    const text = Buffer.from((await body.next()) ?? []).toString();
    body.accept();
    return text;
  };
  const first = await read();
  await from.manifests.settle();
  now = '{"shards":[]}';
  assert.equal(await read(), now, 'not settled: its files may not all be here');
  now = null;
  assert.equal(await read(), first);
});

test('files that only an older manifest names are dropped once the newer one is settled', async () => {
  let hash = HASH;
  const { url, asked } = await host((response, { path }) => {
    if (path === '/file') sendWhole(response);
    else response.end(`{"shards":["${hash}"]}`);
  });
  const from = downloads();
  const settle = async () => {
    const body = await from.open(`${url}.json`, undefined, undefined, 'revalidate');
    while (await body.next());
    body.accept();
    await from.manifests.settle();
  };
  await whole(from, url);
  await settle();
  await whole(from, url);
  assert.equal(asked.filter(({ path }) => path === '/file').length, 1);
  hash = HASH.replaceAll(/./g, '0');
  await settle();
  await whole(from, url);
  assert.equal(asked.filter(({ path }) => path === '/file').length, 2);
});
