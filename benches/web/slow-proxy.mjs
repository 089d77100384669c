// A connection of a stated bandwidth in front of a server: all answers together share it, as over one line.

import { createServer, request } from 'node:http';

/** Bytes that are handed on at a time: at 10 Mbit/s some 13 ms of the line. */
const PIECE = 16_384;

/**
 * @param {string} target URL of the server @param {number} bitsPerSecond
 * @returns {Promise<{ url: string, bytes: () => number, stop: () => void }>} `bytes` are those of all bodies so far
 */
export async function slowProxy(target, bitsPerSecond) {
  let sent = 0;
  /** When the line is free again, in milliseconds of `performance.now()`. */
  let free = 0;
  /** Resolves once the line has carried so many more bytes. @param {number} bytes */
  const carried = (bytes) => {
    free = Math.max(free, performance.now()) + (bytes * 8000) / bitsPerSecond;
    return new Promise((resolve) => setTimeout(resolve, free - performance.now()));
  };
  const server = createServer((asked, answer) => {
    const { url, method, headers } = asked;
    const onward = request(new URL(url ?? '/', target), { method, headers }, async (found) => {
      answer.writeHead(found.statusCode ?? 502, found.headers);
      try {
        for await (const chunk of found) {
          for (let at = 0; at < chunk.length; at += PIECE) {
            const piece = chunk.subarray(at, at + PIECE);
            await carried(piece.length);
            sent += piece.length;
            answer.write(piece);
          }
        }
        answer.end();
      } catch {
        answer.destroy();
      }
    });
    onward.on('error', () => answer.destroy());
    asked.pipe(onward);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}/`, bytes: () => sent, stop };
}
