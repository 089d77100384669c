// Why a listing is it, folded: its summary is the one line of why, then a bar a lane, then the engineer's figures.

import { h, icon } from '../dom.js';
import { milliseconds, percent, size } from '../format.js';
import { copyOf } from '../pictures.js';
import { evidenceOf } from '../reasons.js';

/** @typedef {import('./listing.js').Context} Context */
/** @typedef {import('../reading.js').Offer} Offer */
/** @typedef {import('../reasons.js').Evidence} Evidence */

/** Lanes that a query with a photo, and one with words, could have been compared in. */
const OF_PHOTO = ['pictures', 'colours'];
const OF_WORDS = ['words', 'amount', 'model'];

/**
 * @param {Context} context
 * @param {Offer} offer
 * @param {object} answer
 * @param {import('../../twinlens.js').MatchResult} answer.result
 * @param {HTMLCanvasElement | null} answer.photo
 * @param {boolean} answer.hasWords
 * @param {number} answer.received bytes in all
 * @param {import('../../twinlens.js').Info} answer.info
 * @param {boolean} open
 * @param {(open: boolean) => void} onToggle
 * @param {boolean} [alone] whether it stands outside a hero
 */
export function why(context, offer, answer, open, onToggle, alone = false) {
  const { text } = context;
  const evidence = evidenceOf(offer);
  const summary = h('summary', { part: 'reason' }, h('span', {}, alone ? text.say('why.compared') : reason(context, evidence)), h('b', {}, text.say('why'), icon('down', 'chevron')));
  const lanes = h('div', {},
    h('ul', { class: 'lanes', part: 'lanes' },
      h('li', { class: 'lane' }, h('span', { class: 'scale', 'aria-hidden': 'true' }, h('span', {}, text.say('why.against')), h('span', {}, text.say('why.for')))),
      ...evidence.map((one) => lane(context, one))),
    rest(context, evidence, answer));
  const pair = answer.photo && !alone ? pairOf(context, answer.photo, offer) : null;
  const body = h('div', { class: pair ? 'why-body' : 'why-body plain-words', part: 'why-body' }, pair, lanes);
  /** @type {HTMLDetailsElement} */
  const details = h('details', { class: alone ? 'why alone' : 'why', part: 'why', open, ontoggle: () => onToggle(details.open) }, summary, body, figures(context, offer, answer));
  return details;
}

/** The one or two weightiest reasons, as a sentence. @param {Context} context @param {Evidence[]} evidence */
export function reason({ text }, evidence) {
  const clauses = evidence.filter((one) => one.step !== 0 && text.has(`because.${one.key}`)).slice(0, 2).map((one) => text.say(`because.${one.key}`, one.values));
  if (clauses.length === 0) return text.say('why.compared');
  const sentence = clauses.length === 1 ? text.say('because.one', { one: clauses[0] }) : text.say('because.two', { one: clauses[0], two: clauses[1] });
  return sentence.charAt(0).toLocaleUpperCase(text.language) + sentence.slice(1);
}

/** What speaks most against a listing. @param {Context} context @param {Offer} offer */
export function against({ text }, offer) {
  const worst = evidenceOf(offer).find((one) => one.step < 0);
  return worst ? text.say(`lane.${worst.key}`, worst.values) : '';
}

/** @param {Context} context @param {Evidence} evidence */
function lane({ text }, { lane, step, key, values }) {
  const direction = step > 0 ? 'for' : 'against';
  return h('li', { class: 'lane', part: 'lane' },
    h('b', {}, text.say(`lane.${lane}`)),
    h('span', { class: 'bar-lane', 'aria-hidden': 'true' }, step ? h('i', { class: direction, '--step': Math.abs(step) }) : null),
    h('p', {}, step ? h('span', { class: 'unseen' }, text.say(`why.speaks-${direction}`)) : null, text.say(`lane.${key}`, values)));
}

/** What could not be compared. @param {Context} context @param {Evidence[]} evidence @param {{ photo: unknown, hasWords: boolean }} answer */
function rest({ text }, evidence, { photo, hasWords }) {
  if (!hasWords) return h('p', { class: 'rest' }, text.say('why.no-words'));
  if (!photo) return h('p', { class: 'rest' }, text.say('why.no-photo'));
  const missing = [...OF_PHOTO, ...OF_WORDS].filter((name) => !evidence.some(({ lane }) => lane === name));
  if (missing.length === 0) return null;
  const names = new Intl.ListFormat(text.language, { type: 'unit', style: 'long' }).format(missing.map((name) => text.say(`lane.${name}`).toLocaleLowerCase(text.language)));
  return h('p', { class: 'rest' }, text.say('why.nothing', { names }));
}

/** Both pictures at one height. @param {Context} context @param {HTMLCanvasElement} photo @param {Offer} offer */
function pairOf({ text, pictures }, photo, offer) {
  const own = copyOf(photo, 640);
  own.setAttribute('role', 'img');
  own.removeAttribute('aria-hidden');
  own.setAttribute('aria-label', text.say('picture.own'));
  const shops = pictures.of(offer, text.say('picture.shop', { title: offer.title }));
  const second = h('figure', { '--shape': 1 }, h('div', { class: 'picture' }, shops), h('figcaption', {}, text.say('why.shops-picture')));
  pictures.load(offer).then((bitmap) => bitmap && second.style.setProperty('--shape', String(bitmap.width / bitmap.height)));
  return h('div', { class: 'pair' },
    h('figure', { '--shape': own.width / own.height }, h('div', { class: 'picture' }, own), h('figcaption', {}, text.say('why.your-photo'))), second);
}

/** @param {Context} context @param {Offer} offer @param {{ result: any, received: number, info: any }} answer */
function figures({ text }, offer, { result, received, info }) {
  const { timings, presence, device } = result;
  const { image, text: meaning } = offer.lanes;
  const time = (/** @type {(number | null)[]} */ ...parts) => parts.reduce((/** @type {number} */ sum, part) => sum + (part ?? 0), 0);
  /** @type {[string, string][]} */
  const rows = [['sure', percent(text, offer.probability)], ['present', percent(text, presence)]];
  if (image !== null && image !== undefined) rows.push(['pictures', percent(text, Math.max(0, image))]);
  if (meaning !== null && meaning !== undefined) rows.push(['words', percent(text, Math.max(0, meaning))]);
  rows.push(['compared', text.say('products', { count: info.listings })]);
  const [photo, words] = [time(timings.decode, timings.embedPhoto), time(timings.embedTitle)];
  if (photo) rows.push(['photo-time', milliseconds(text, photo)]);
  if (words) rows.push(['words-time', milliseconds(text, words)]);
  rows.push(['time', milliseconds(text, timings.total)]);
  rows.push(['device', text.say(`device.${device}`) + (info.adapter && device === 'webgpu' ? ` (${info.adapter})` : '')]);
  if (received) rows.push(['received', size(text, received)]);
  return h('details', { class: 'details', part: 'details' },
    h('summary', {}, text.say('details'), icon('down', 'chevron')),
    h('dl', {}, ...rows.map(([name, value]) => h('div', {}, h('dt', {}, text.say(`details.${name}`)), h('dd', {}, h('bdi', {}, value))))));
}
