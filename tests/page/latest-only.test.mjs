import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LatestOnly } from '../../www/search/latest-only.js';

/** Work that ends when the test says so. */
function heldWork() {
  /** @type {{ argument: string, end: (value: string) => void, fail: (error: Error) => void }[]} */
  const started = [];
  const latest = new LatestOnly((/** @type {string} */ argument) =>
    new Promise((/** @type {(value: string) => void} */ end, fail) => started.push({ argument, end, fail })));
  return { started, latest };
}

/** Lets everything that is ready run. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('of three searches asked for at once only the last is run', async () => {
  const { started, latest } = heldWork();
  const outcomes = ['a', 'b', 'c'].map((argument) => latest.run(argument));
  await settled();
  // None had begun when the next was asked for, so "c" alone is worth running.
  assert.deepEqual(started.map(({ argument }) => argument), ['c']);
  started[0].end('C');
  assert.deepEqual(await Promise.all(outcomes), [{ superseded: true }, { superseded: true }, { superseded: false, value: 'C' }]);
});

test('an answer that a newer search overtakes is not shown, and one search runs at a time', async () => {
  const { started, latest } = heldWork();
  const first = latest.run('a');
  await settled();
  const second = latest.run('b');
  await settled();
  assert.equal(started.length, 1);
  started[0].end('A');
  assert.deepEqual(await first, { superseded: true });
  await settled();
  started[1].end('B');
  assert.deepEqual(await second, { superseded: false, value: 'B' });
});

test('a failed search gives its error and does not hinder the next', async () => {
  const { started, latest } = heldWork();
  const first = latest.run('a');
  await settled();
  const error = new Error('no');
  started[0].fail(error);
  assert.deepEqual(await first, { superseded: false, error });
  const second = latest.run('b');
  await settled();
  started[1].end('B');
  assert.deepEqual(await second, { superseded: false, value: 'B' });
});
