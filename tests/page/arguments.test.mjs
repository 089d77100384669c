import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchArguments } from '../../www/client/arguments.js';

/** @type {[what: string, query: unknown, message: string][]} */
const BAD = [
  ['no object', 'laptop', 'query: expected an object, found "laptop"'],
  ['an unknown key', { titel: 'laptop' }, 'query: expected no keys but photo, title, price, gtin, limit, filter, region, found "titel"'],
  ['an unknown key of the filter', { filter: { min_price: 3 } }, 'filter: expected no keys but category, minPrice, maxPrice, inStock, found "min_price"'],
  ['a region without a height', { region: { x: 0, y: 0, width: 1 } }, 'region.height: expected a number, found undefined'],
  ['an unknown key of the region', { region: { left: 3 } }, 'region: expected no keys but x, y, width, height, found "left"'],
  ['a filter that is none', { filter: ['shoes'] }, 'filter: expected an object, found an array of 1'],
  ['a category that is a number', { filter: { category: 4 } }, 'filter.category: expected a string, found the number 4'],
  ['a lowest price that is text', { filter: { minPrice: '3' } }, 'filter.minPrice: expected a finite number from 0, found "3"'],
  ['a highest price below zero', { filter: { maxPrice: -1 } }, 'filter.maxPrice: expected a finite number from 0, found the number -1'],
  ['a stock that is a number', { filter: { inStock: 1 } }, 'filter.inStock: expected true or false, found the number 1'],
  ['a price that is no number', { price: NaN }, 'price: expected a finite number from 0, found the number NaN'],
  ['a GTIN that is a number', { gtin: 4006381333931 }, 'gtin: expected a string of 8, 12, 13 or 14 digits, found the number 4006381333931'],
  ['a GTIN with a letter', { gtin: '400638133393X' }, 'gtin: expected a string of 8, 12, 13 or 14 digits, found "400638133393X"'],
  ['a limit of zero', { limit: 0 }, 'limit: expected a whole number from 1, found the number 0'],
];

for (const [what, query, message] of BAD) {
  test(`a query with ${what} is a bad argument that is named`, () => {
    assert.throws(() => matchArguments(query), { name: 'TwinlensError', code: 'bad-argument', message });
  });
}

test('a photo whose bytes were transferred away is a bad argument', () => {
  const photo = new Uint8Array(8);
  structuredClone(photo, { transfer: [photo.buffer] });
  assert.throws(() => matchArguments({ photo }), { name: 'TwinlensError', code: 'bad-argument', message: /^photo: expected .+ found / });
});

test('a query with everything is sent as it is, and what is null is left out', () => {
  const query = { title: 'laptop', price: 0, gtin: '04006381333931', limit: 3, filter: { category: 'a', minPrice: 1, maxPrice: 2, inStock: false } };
  assert.deepEqual(matchArguments(query), query);
  assert.deepEqual(matchArguments({ photo: null, title: undefined, price: null, gtin: null, limit: null, filter: null }), {});
  assert.deepEqual(matchArguments({ filter: { category: null, minPrice: null, maxPrice: undefined, inStock: null } }), { filter: {} });
});

test('the bytes of a photo are copied', () => {
  const photo = Uint8Array.of(1, 2, 3);
  const { photo: sent } = matchArguments({ photo });
  assert.deepEqual(sent, photo);
  assert.notEqual(/** @type {Uint8Array} */ (sent).buffer, photo.buffer);
});
