// What an answer is to a shopper, without a browser.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { moved, resized } from '../../www/search/crop.js';
import { money } from '../../www/search/format.js';
import { askedOf, leftOut, readable } from '../../www/search/query.js';
import { offersOf, read } from '../../www/search/reading.js';
import { kindOf } from '../../www/search/view/failure.js';
import { evidenceOf } from '../../www/search/reasons.js';
import { Text } from '../../www/search/text.js';
import english from '../../www/lang/en.js';
import { checkout } from './harness.mjs';

/** @param {string} id @param {object} [more] */
const hit = (id, more) => /** @type {any} */ ({ id, title: id, probability: 0.3, decision: 'Unsure', lanes: {}, why: [], price: null, currency: null, group: null, inStock: true, ...more });
/** @param {object} more */
const result = (more) => /** @type {any} */ ({ decision: 'Unsure', fits: { count: 1, differIn: null, values: [] }, prefers: null, hits: [], ...more });
const ids = (/** @type {{ id: string }[]} */ offers) => offers.map(({ id }) => id);

test('a match is one product, and what is a No-Match is not worth a look', () => {
  const hits = [hit('a', { decision: 'Match' }), hit('b'), hit('c', { decision: 'No-Match' })];
  const { shape, shown, rest } = read(result({ decision: 'Match', hits }));
  assert.deepEqual([shape, ids(shown), ids(rest)], ['match', ['a'], ['b']]);
});

test('what fits is shown, at most four, and how many there are is known', () => {
  const hits = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => hit(id));
  const { shape, shown, rest, fits, differIn } = read(result({ hits, fits: { count: 5, differIn: 'size', values: ['1', '2', '3', '4', '5'] } }));
  assert.deepEqual([shape, ids(shown), ids(rest), fits, differIn], ['could-be', ['a', 'b', 'c', 'd'], ['e', 'f'], 5, 'size']);
  assert.deepEqual(shown.map(({ differs }) => differs), ['1', '2', '3', '4']);
});

test('where photo and words prefer different listings, those are the two sides', () => {
  const { shape, shown } = read(result({ hits: ['a', 'b', 'c'].map((id) => hit(id)), prefers: { photo: 'c', title: 'b' } }));
  assert.deepEqual([shape, ids(shown)], ['conflict', ['c', 'b']]);
});

test('a shop that does not have it shows the closest, and one without any hit shows nothing', () => {
  assert.deepEqual(ids(read(result({ decision: 'No-Match', hits: ['a', 'b', 'c', 'd', 'e'].map((id) => hit(id)) })).shown), ['a', 'b', 'c', 'd']);
  assert.equal(read(result({ decision: 'No-Match' })).shape, 'nothing');
});

test('of the offers of one product the cheapest that is in stock stands for all', () => {
  const offers = offersOf([
    hit('a', { group: 1, price: 5 }), hit('b', { group: 2, price: 9 }), hit('c', { group: 1, price: 3 }), hit('d', { group: 1, price: 1, inStock: false }),
  ]);
  assert.deepEqual(offers.map(({ id, offers }) => [id, offers]), [['c', 3], ['b', 1]]);
});

test('offers of one product that fit are one that fits', () => {
  const { shown, fits } = read(result({ hits: [hit('a', { group: 1 }), hit('b', { group: 1 }), hit('c')], fits: { count: 2, differIn: null, values: ['', ''] } }));
  assert.deepEqual([ids(shown), fits], [['a'], 1]);
});

test('every sentence that the tests of the engine expect is understood', () => {
  const source = readFileSync(`${checkout}src/matching/why.rs`, 'utf8');
  const sentences = [...source.matchAll(/assert_eq!\(sentence\([^"]*\), "([^"]+)"\)/g)].map(([, sentence]) => sentence);
  assert.ok(sentences.length > 8, `expected the sentences of why.rs, found ${sentences}`);
  for (const sentence of [...sentences, 'Same title', "The shop's own number of it", '400 ml is not 800 ml', 'Both size M', 'Same model number XM4', 'Not in the listing\'s title: blue']) {
    const [evidence] = evidenceOf(hit('a', { why: [sentence] }));
    assert.ok(evidence, `expected evidence of: ${sentence}`);
    for (const key of [`lane.${evidence.lane}`, `lane.${evidence.key}`]) assert.ok(key in english, `expected ${key} for: ${sentence}`);
  }
});

test('the two sides are told by any offer of a product, and two offers of one product are no contradiction', () => {
  const hits = [hit('a', { group: 1, price: 9 }), hit('b', { group: 1, price: 3 }), hit('c')];
  const { shape, shown } = read(result({ hits, prefers: { photo: 'a', title: 'c' } }));
  assert.deepEqual([shape, ids(shown)], ['conflict', ['b', 'c']]);
  assert.equal(read(result({ hits, prefers: { photo: 'a', title: 'b' } })).shape, 'could-be');
});

test('the cheapest offer stands there with what was compared of the one that matched', () => {
  const [offer] = offersOf([
    hit('a', { group: 1, price: 9, probability: 0.9, why: ['Same title'], lanes: { text: 1 }, picture: 2 }), hit('b', { group: 1, price: 3, probability: 0.1, why: ['Same price'], picture: 0 }),
  ]);
  const { id, price, probability, why, lanes, picture, pictured } = offer;
  assert.deepEqual({ id, price, probability, why, lanes, picture, pictured }, { id: 'b', price: 3, probability: 0.9, why: ['Same title'], lanes: { text: 1 }, picture: 2, pictured: 'a' });
});

test('what a catalogue has no encoders for is left out of a query, with the region of a photo', () => {
  const query = { photo: new Blob(['x']), words: 'red shoe', filter: {}, region: { x: 0, y: 0, width: 0.5, height: 0.5 }, by: null };
  const only = (/** @type {string} */ kind) => (/** @type {string} */ other) => other === kind;
  const ofWords = askedOf(readable(query, only('words')));
  assert.deepEqual([ofWords?.title, ofWords?.photo, ofWords && 'region' in ofWords], ['red shoe', undefined, false]);
  const ofPhotos = askedOf(readable(query, only('photo')));
  assert.deepEqual([ofPhotos?.title, ofPhotos?.photo, ofPhotos?.region], [undefined, query.photo, query.region]);
  assert.equal(askedOf(readable({ ...query, words: ' ' }, only('words'))), null);
  assert.deepEqual(['words', 'photo'].map((kind) => leftOut(query, only(kind))), ['no-photos', 'no-words']);
  assert.equal(leftOut({ ...query, photo: null }, only('words')), null);
});

test('a connection that fails is told from a fault, in the words of each browser', () => {
  const words = ['Failed to fetch', 'Load failed', 'NetworkError when attempting to fetch resource.', 'Importing a module script failed.', 'error loading dynamically imported module: x'];
  assert.deepEqual(words.map((message) => kindOf(new TypeError(message))), words.map(() => 'connection'));
  assert.equal(kindOf(new TypeError('x is not a function')), 'stopped');
});

test('a contradiction speaks against, and its values stay as they are written', () => {
  assert.deepEqual(evidenceOf(hit('a', { why: ['400 ml is not 800 ml'] })), [{ lane: 'amount', step: -4, key: 'stated.not', values: { one: '400 ml', other: '800 ml' } }]);
});

test('a price has the currency that the shop states, whatever it is', () => {
  const text = new Text('en', english);
  assert.equal(money(text, 1299, 'EUR'), '€1,299.00');
  assert.match(money(text, 15000, 'IDR'), /^IDR\s15,000(\.00)?$/);
  assert.equal(money(text, 7.5, '$'), '$\u00a07.50');
  assert.equal(money(text, 7.5, null), '7.50');
});

test('a part of a photo stays within it and never vanishes', () => {
  const region = { x: 0.5, y: 0.5, width: 0.4, height: 0.4 };
  assert.deepEqual(moved(region, 1, -1), { x: 0.6, y: 0, width: 0.4, height: 0.4 });
  const small = resized(region, [0, 0, 1, 1], -1, -1);
  assert.ok(small.width > 0 && small.height > 0);
  const large = resized(region, [1, 1, 1, 1], 1, 1);
  assert.ok(large.x + large.width <= 1 && large.y + large.height <= 1);
});
