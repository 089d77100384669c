// What stays with the page's entry in the session history, without a browser.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { forget, recalled, remember } from '../../www/search/memory.js';

const history = {
  /** @type {any} */
  state: null,
  replaceState(/** @type {unknown} */ state) {
    this.state = structuredClone(state);
  },
};
Object.assign(globalThis, { history });
beforeEach(() => {
  forget();
  history.state = { own: 'of the page' };
});

/** @param {object} [more] @returns {any} */
const query = (more) => ({ words: 'chair', photo: null, region: null, filter: {}, by: null, ...more });

/** A photo that is read when `release` is called. */
function slowPhoto() {
  /** @type {() => void} */
  let release = () => {};
  const released = new Promise((resolve) => (release = () => resolve(undefined)));
  let reads = 0;
  const photo = new Blob(['photo']);
  photo.arrayBuffer = async () => {
    reads++;
    await released;
    return new TextEncoder().encode('photo').buffer;
  };
  return { photo, release, reads: () => reads };
}

test('what is asked for is found again, beside what the page keeps itself', async () => {
  await remember(query({ photo: new Blob(['photo']) }));
  assert.equal(history.state.own, 'of the page');
  assert.equal(recalled()?.words, 'chair');
  assert.equal(await recalled()?.photo?.text(), 'photo');
});

test('a photo that is taken away while it is read is not kept', async () => {
  const { photo, release } = slowPhoto();
  const remembering = remember(query({ photo }));
  forget();
  release();
  await remembering;
  assert.equal(recalled(), null);
});

test('an older question is not kept in the place of a newer one', async () => {
  const { photo, release } = slowPhoto();
  const older = remember(query({ photo }));
  await remember(query({ words: 'bike' }));
  release();
  await older;
  assert.deepEqual([recalled()?.words, recalled()?.photo], ['bike', null]);
});

test('a photo is read once, however many words are asked for with it', async () => {
  const { photo, release, reads } = slowPhoto();
  release();
  for (const words of ['chair', 'chairs']) await remember(query({ photo, words }));
  assert.equal(reads(), 1);
  assert.equal(await recalled()?.photo?.text(), 'photo');
});
