// A failure in a shopper's sentence, with the engineer's line under Details.

import { h, icon } from '../dom.js';
import { lead, verdict } from './verdict.js';

/** Codes of TwinlensError by the sentence that a shopper can use. */
const KINDS = /** @type {Record<string, string[]>} */ ({
  connection: ['io', 'timeout'],
  offline: ['offline'],
  damaged: ['bad-manifest', 'bad-shard', 'bad-pack'],
  photo: ['bad-photo'],
  words: ['bad-title'],
  'no-photos': ['no-photos'],
  'no-words': ['no-words'],
  browser: ['no-webassembly', 'no-simd', 'no-worker', 'worker-blocked', 'no-device'],
});
/** Those that another try, with the same query, cannot mend. */
const FINAL = ['photo', 'words', 'no-photos', 'no-words', 'browser'];

/** @param {any} error */
export function kindOf(error) {
  const found = Object.entries(KINDS).find(([, codes]) => codes.includes(error?.code));
  // A file of the page's own that does not come is a TypeError, of which each browser has its own words; Safari's are "Load failed".
  return found?.[0] ?? (error instanceof TypeError && /import|fetch|load failed/i.test(error.message) ? 'connection' : 'stopped');
}

/** @param {import('../text.js').Text} text @param {any} error @param {import('./acts.js').Acts} acts @param {{ photo: boolean, words: boolean }} kept what of the query is still there */
export function failure(text, error, acts, kept) {
  const kind = kindOf(error);
  const stays = FINAL.includes(kind) ? '' : text.say(kept.photo && kept.words ? 'error.kept.both' : kept.photo ? 'error.kept.photo' : 'error.kept.words');
  const retry = h('button', { class: 'primary', type: 'button', onclick: acts.retry }, icon('again', 'small'), text.say('retry'));
  const other = h('button', { class: 'secondary', type: 'button', onclick: acts.show }, icon('camera', 'small'), text.say('ask.choose-other'));
  const action = ['photo', 'no-words'].includes(kind) ? other : FINAL.includes(kind) ? null : retry;
  const line = [error?.code, error?.message ?? String(error)].filter(Boolean).join(': ');
  return h('section', { class: 'answer', part: 'answer', 'aria-label': text.say('answer') },
    h('div', { role: 'alert', part: 'error' }, verdict('failed', text.say(`error.${kind}.title`)), lead([text.say(`error.${kind}.text`), stays].filter(Boolean).join(' '))),
    action && h('div', { class: 'next', part: 'next' }, action),
    h('details', { class: 'why alone details', part: 'details' }, h('summary', {}, text.say('details'), icon('down', 'chevron')), h('p', { class: 'engineer', lang: 'en', dir: 'ltr' }, line)));
}
