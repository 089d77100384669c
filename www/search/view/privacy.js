// Everything that was asked for, in the shopper's words, and the switch that ends it.

import { h } from '../dom.js';
import { size } from '../format.js';

/** In the order of their arrival. */
const KINDS = ['page', 'runtime', 'catalogue', 'table', 'pictures', 'photo', 'words'];

/** @typedef {{ url: string, kind: string, bytes: number, from: string, at: number }} Request */

/**
 * @param {import('../text.js').Text} text
 * @param {object} state
 * @param {Request[]} state.requests
 * @param {number} state.listings
 * @param {{ photo: number | null, words: number | null }} state.read when the photo, and the words, were first read
 * @param {boolean} state.offline
 * @param {(offline: boolean) => void} onOffline
 */
export function privacy(text, { requests, listings, read, offline }, onOffline) {
  const from = read.photo ?? read.words;
  const since = from === null ? null : requests.filter(({ at, from: source }) => at > from && source !== 'store').length;
  const sentence = since === null ? null
    : h('p', { class: since ? 'since some' : 'since' }, h('b', {}, text.number(since)), ' ', text.say(read.photo === null ? 'privacy.since.words' : 'privacy.since.photo', { count: since }));
  const say = h('div', { class: 'panel-say' }, h('h2', {}, text.say('privacy.title')), h('p', {}, text.say('privacy.text')), sentence);
  const input = h('input', { type: 'checkbox', role: 'switch', checked: offline, onchange: () => onOffline(input.checked) });
  const toggle = h('label', { class: 'switch' }, h('b', {}, text.say('offline.title')), h('span', {}, text.say('offline.text')), input);
  return [say, h('div', { class: 'panel-list' }, table(text, requests, listings)), toggle];
}

/** @param {import('../text.js').Text} text @param {Request[]} requests @param {number} listings */
function table(text, requests, listings) {
  const rows = KINDS.map((kind) => ({ kind, of: requests.filter((request) => request.kind === kind) })).filter(({ of }) => of.length);
  const bytes = (/** @type {Request[]} */ of) => of.reduce((sum, request) => sum + (request.from === 'store' ? 0 : request.bytes), 0);
  const name = (/** @type {string} */ kind) => (kind === 'catalogue' && listings ? text.say('request.products', { count: listings }) : text.say(`request.${kind}`));
  const amount = (/** @type {Request[]} */ of) => h('td', {}, of.every(({ from }) => from === 'store') ? h('span', { class: 'note' }, text.say('request.kept')) : h('bdi', {}, size(text, bytes(of))));
  const asked = requests.filter(({ from }) => from !== 'store').length;
  return h('table', { class: 'sent' },
    h('caption', {}, text.say('requests.title')),
    h('thead', {}, h('tr', {}, h('td', {}), h('th', { scope: 'col' }, text.say('requests.received')), h('th', { scope: 'col' }, text.say('requests.sent')))),
    h('tbody', {}, ...rows.map(({ kind, of }) => h('tr', {}, h('th', { scope: 'row' }, name(kind)), amount(of), h('td', {}, text.number(0))))),
    h('tfoot', {}, h('tr', {}, h('th', { scope: 'row' }, text.say('requests.count', { count: asked })), h('td', {}, h('bdi', {}, size(text, bytes(requests)))), h('td', {}, text.number(0)))));
}

/**
 * The files of the page's own part, which the browser has counted.
 *
 * @param {string} base their folder
 * @param {Request[]} others those that are counted already
 * @returns {Request[]}
 */
export function requestsOfPage(base, others) {
  const counted = new Set(others.map(({ url }) => url));
  const entries = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType('resource'));
  return entries.filter(({ name }) => name.startsWith(base) && /\.(js|css)$/.test(new URL(name).pathname) && !counted.has(name))
    .map(({ name, encodedBodySize, transferSize, startTime }) => ({
      url: name, kind: 'page', bytes: encodedBodySize, from: transferSize ? 'network' : 'store', at: performance.timeOrigin + startTime,
    }));
}
