import { h } from '../dom.js';
import { megabytes } from '../format.js';
import { lead } from './verdict.js';

/** @typedef {import('../session.js').Stage} Stage */
/** @typedef {import('../text.js').Text} Text */

/** What a query waits for, with how much of it is there. @param {Text} text @param {'first' | 'photo'} kind @param {Stage} stage @param {(() => void) | null} onCancel */
export function ready(text, kind, stage, onCancel) {
  const bar = h('progress', { 'aria-label': text.say(`ready.${kind}`), ...(stage.total ? { max: stage.total, value: Math.min(stage.loaded, stage.total) } : {}) });
  return h('div', { class: 'ready', part: 'progress' }, h('p', {}, amount(text, `ready.${kind}`, stage)),
    onCancel ? h('button', { class: 'plain', part: 'progress-do', type: 'button', onclick: onCancel }, text.say('cancel')) : null, bar);
}

/** A download that the shopper has stopped, or that failed. @param {Text} text @param {'stopped' | 'failed'} status @param {number} bytes @param {() => void} onStart */
export function stopped(text, status, bytes, onStart) {
  return h('div', { class: 'ready', part: 'progress' }, h('p', {}, text.say(`ready.photo.${status}`)),
    h('button', { class: 'plain', part: 'progress-do', type: 'button', onclick: onStart }, text.say('ready.photo.start', { count: Math.max(1, megabytes(bytes)) })));
}

/**
 * How far the words have been read, under the sentence of an answer that stands already.
 *
 * @param {Text} text
 * @param {Stage} stage
 * @param {object} options
 * @param {number} options.bytes
 * @param {boolean} options.offline
 * @param {import('./acts.js').Acts} options.acts
 */
export function refining(text, stage, { bytes, offline, acts }) {
  if (stage.status === 'loading') {
    return lead(amount(text, 'refine', stage), ' ', h('button', { class: 'plain', part: 'refine', type: 'button', onclick: () => acts.cancel('words') }, text.say('cancel')));
  }
  if (offline) return lead(text.say('refine.offline'));
  const button = h('button', { class: 'plain', part: 'refine', type: 'button', onclick: () => acts.prepare('words') }, text.say('refine.start', { count: Math.max(1, megabytes(bytes)) }));
  return lead(text.say(stage.status === 'failed' ? 'refine.failed' : 'refine.stopped'), ' ', button);
}

/** @param {Text} text @param {string} key @param {Stage} stage */
function amount(text, key, { loaded, total }) {
  const mb = Math.max(1, megabytes(total));
  return total ? text.say(`${key}.of`, { loaded: Math.min(mb, megabytes(loaded)), count: mb }) : text.say(key);
}
