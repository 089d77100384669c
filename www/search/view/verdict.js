// The sentence that an answer begins with. Its mark is the logo: two lenses merged, overlapping or apart.

import { drawing, h } from '../dom.js';

const LENSES = 'M2.5 14a12.5 12.5 0 1 0 25 0a12.5 12.5 0 1 0-25 0M16.5 14a12.5 12.5 0 1 0 25 0a12.5 12.5 0 1 0-25 0';
const OVERLAP = 'M22 4.1a12.5 12.5 0 0 1 0 19.8 12.5 12.5 0 0 1 0-19.8z';
const APART = 'M1.5 14a9.25 9.25 0 1 0 18.5 0a9.25 9.25 0 1 0-18.5 0M24 14a9.25 9.25 0 1 0 18.5 0a9.25 9.25 0 1 0-18.5 0';
const DISC = { d: 'M0 14a14 14 0 1 0 28 0a14 14 0 1 0-28 0', fill: 'currentColor', stroke: 'none' };
const TICK = { d: 'm8 14.5 4.2 4L20 10', stroke: 'var(--ground)', 'stroke-width': '3', 'stroke-linecap': 'round', 'stroke-linejoin': 'round' };
const RING = { d: 'M1.25 14a12.75 12.75 0 1 0 25.5 0a12.75 12.75 0 1 0-25.5 0' };
const BANG = { d: 'M14 7.5v8m0 4.4v.1', 'stroke-width': '3', 'stroke-linecap': 'round' };

/** @type {Record<string, () => SVGElement>} */
const MARKS = {
  match: () => drawing('0 0 28 28', 'mark', [DISC, TICK]),
  'could-be': () => drawing('0 0 44 28', 'mark', [{ d: LENSES }, { d: OVERLAP, fill: 'currentColor', stroke: 'none' }]),
  conflict: () => drawing('0 0 44 28', 'mark', APART),
  'not-here': () => drawing('0 0 44 28', 'mark', APART),
  nothing: () => drawing('0 0 44 28', 'mark', APART),
  failed: () => drawing('0 0 28 28', 'mark', [RING, BANG]),
};

/** @param {string} shape @param {string} sentence */
export function verdict(shape, sentence) {
  return h('h2', { class: 'verdict', part: 'verdict', tabindex: -1, 'data-shape': shape }, MARKS[shape]?.(), sentence);
}

/** @param {...import('../dom.js').Child} children */
export function lead(...children) {
  return children.some((child) => child) ? h('p', { class: 'lead', part: 'lead' }, ...children) : null;
}
