// An answer whole: the sentence, what it is about, and what is like it.

import { h, icon } from '../dom.js';
import { candidates, question } from './candidates.js';
import { row } from './cards.js';
import { hero } from './hero.js';
import { sides } from './sides.js';
import { lead, verdict } from './verdict.js';
import { against, why } from './why.js';

/** @typedef {import('./listing.js').Context} Context */
/** @typedef {import('../reading.js').Offer} Offer */

/**
 * @typedef {object} Answer
 * @property {import('../../twinlens.js').MatchResult} result
 * @property {import('../reading.js').Reading} reading
 * @property {HTMLCanvasElement | null} photo
 * @property {boolean} hasPhoto of the query
 * @property {boolean} hasWords
 * @property {'photo' | 'words' | null} by what alone counts
 * @property {boolean} filtered
 * @property {import('../../twinlens.js').Info} info
 * @property {number} received
 * @property {number} turn which question it answers
 * @property {boolean} photoComes whether the photo will still be read
 */

/**
 * @param {Context} context
 * @param {Answer} answer
 * @param {Node | null} refining how far the words have been read
 * @param {{ open: boolean, onToggle: (open: boolean) => void }} fold of the reasons
 */
export function drawAnswer(context, answer, refining, fold) {
  const { text } = context;
  const { reading } = answer;
  return h('section', { class: 'answer', part: 'answer', 'aria-label': text.say('answer') },
    verdict(reading.shape, sentence(context, answer)), refining ?? lead(...leadOf(context, answer)),
    ...bodyOf(context, answer, fold), notes(context, answer));
}

/** The sentence alone, which is announced too. @param {Context} context @param {Answer} answer */
export function sentence({ text }, { reading: { shape, shown } }) {
  if (shape === 'could-be' && shown.length === 1) return text.say('could-be.one');
  return text.say(shape);
}

/** @param {Context} context @param {Answer} answer @returns {import('../dom.js').Child[]} */
function leadOf({ text, acts }, answer) {
  const { reading: { shape, shown, fits, differIn }, by, hasPhoto, hasWords, result, info, filtered, photoComes } = answer;
  if (by) return [text.say(`by.${by}`), ' ', h('button', { class: 'plain', type: 'button', onclick: () => acts.by(null) }, text.say('by.both'))];
  if (result.waiting.includes('photo')) return [text.say(photoComes ? 'lead.words-first' : 'lead.words-only')];
  if (shape === 'conflict') return [text.say('conflict.which')];
  if (shape === 'nothing') return [text.say(filtered ? 'nothing.filtered' : 'nothing.text')];
  if (shape === 'not-here') return [text.say('not-here.text', { count: info.listings })];
  if (shape !== 'could-be' || shown.length === 1) return [];
  if (fits > shown.length) return [text.say('lead.fit', { count: fits })];
  const unseen = hasPhoto && !hasWords ? 'photo' : hasWords && !hasPhoto ? 'words' : 'both';
  return [differIn && text.has(`lead.${unseen}.${differIn}`) ? text.say(`lead.${unseen}.${differIn}`) : text.say(`lead.${unseen}`)];
}

/** @param {Context} context @param {Answer} answer @param {{ open: boolean, onToggle: (open: boolean) => void }} fold @returns {import('../dom.js').Child[]} */
function bodyOf(context, answer, { open, onToggle }) {
  const { text, acts } = context;
  const { reading: { shape, shown, differIn }, hasPhoto, filtered } = answer;
  const [first] = shown;
  if (shape === 'conflict') return [sides(context, shown)];
  if (shape === 'match' || (shape === 'could-be' && shown.length === 1)) {
    return [h('div', { class: 'body' }, hero(context, first, why(context, first, answer, open, onToggle)))];
  }
  if (shape === 'could-be') {
    return [h('div', { class: 'body choice' }, candidates(context, shown), answer.result.complete === false ? null : question(context, differIn, hasPhoto), why(context, first, answer, open, onToggle, true))];
  }
  const button = (/** @type {string} */ key, /** @type {string} */ symbol, /** @type {() => void} */ onclick) => h('button', { class: 'secondary', type: 'button', onclick }, icon(symbol, 'small'), text.say(key));
  return [
    h('div', { class: 'next', part: 'next' },
      filtered ? button('filter.none', 'filter', acts.unfilter) : null,
      hasPhoto ? button('next.crop', 'crop', acts.crop) : button('next.photo', 'camera', acts.show),
      button(answer.hasWords ? 'next.words-other' : 'next.words', 'type', acts.type)),
    row(context, 'closest', text.say('closest'), shown, (offer) => against(context, offer)),
  ];
}

/** What the shopper may not expect: words that are not read, a photo that was changed. @param {Context} context @param {Answer} answer */
function notes({ text }, { result: { unread, notes } }) {
  const lines = [
    ...(unread?.length ? [text.say('note.unread', { words: unread.join(' ') })] : []),
    ...(notes ?? []).map(({ code, message }) => (text.has(`note.${code}`) ? text.say(`note.${code}`) : text.say('note.photo', { message }))),
  ];
  return lines.length ? h('div', { class: 'notes', part: 'notes' }, ...lines.map((line) => h('p', {}, line))) : null;
}

/** What stands where an answer will be. @param {import('../text.js').Text} text */
export function skeleton(text) {
  const bone = () => h('span', { class: 'bone' });
  return h('section', { class: 'answer', 'aria-label': text.say('answer') },
    h('h2', { class: 'unseen', tabindex: -1 }, text.say('searching')),
    h('div', { 'aria-hidden': 'true' }, h('div', { class: 'verdict bone' }), h('div', { class: 'body' }, h('div', { class: 'wait' }, bone(), h('div', { class: 'text' }, bone(), bone())))));
}
