// Listings without a question: those like one of them, those of a category, and the categories.

import { h, icon, isolated } from '../dom.js';
import { list } from './cards.js';

/** @typedef {import('./listing.js').Context} Context */
/** @typedef {import('../reading.js').Offer} Offer */

/**
 * @param {Context} context
 * @param {{ title: string, note: string, offers: Offer[], hasMore: boolean, back: string }} gallery
 * @param {{ onBack: () => void, onMore: () => void }} acts
 */
export function gallery(context, { title, note, offers, hasMore, back }, { onBack, onMore }) {
  const { text } = context;
  return h('section', { class: 'answer', part: 'answer', 'aria-label': title },
    h('button', { class: 'plain back', type: 'button', onclick: onBack }, icon('start', 'small'), back),
    h('h2', { class: 'verdict', part: 'verdict', tabindex: -1 }, isolated(title)),
    note ? h('p', { class: 'lead', part: 'lead' }, note) : null,
    list(context, offers, undefined, 'grid'),
    hasMore ? h('div', { class: 'next' }, h('button', { class: 'secondary', type: 'button', onclick: onMore }, text.say('browse.more'))) : null);
}

/** @param {import('../text.js').Text} text @param {{ name: string, count: number }[]} categories @param {(name: string) => void} onCategory */
export function categories(text, categories, onCategory) {
  if (categories.length < 2) return null;
  return h('section', { class: 'row browse', part: 'categories', 'aria-labelledby': 'categories' },
    h('h3', { id: 'categories' }, text.say('browse.title')),
    h('div', { class: 'chips' }, ...categories.map(({ name, count }) => h('button', { class: 'chip', part: 'chip', type: 'button', onclick: () => onCategory(name) }, isolated(name), h('span', {}, text.number(count))))));
}
