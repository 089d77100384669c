import { h, isolated } from '../dom.js';
import { opener, price } from './listing.js';

/** @typedef {import('./listing.js').Context} Context */
/** @typedef {import('../reading.js').Offer} Offer */

let rows = 0;

/**
 * A row of cards with a heading: `similar` to swipe, `closest` as a grid.
 *
 * @param {Context} context
 * @param {'similar' | 'closest'} kind
 * @param {string} title
 * @param {Offer[]} offers
 * @param {(offer: Offer) => string} [apart] why a listing is not it
 */
export function row(context, kind, title, offers, apart) {
  if (offers.length === 0) return null;
  const id = `row-${++rows}`;
  return h('section', { class: kind === 'similar' ? 'row swipe' : 'row closest', part: kind, 'aria-labelledby': id },
    h('h3', { id }, title), list(context, offers, apart));
}

/** @param {Context} context @param {Offer[]} offers @param {(offer: Offer) => string} [apart] @param {string} [className] */
export function list(context, offers, apart, className) {
  return h('ul', { class: className ?? null }, ...offers.map((offer) => card(context, offer, apart?.(offer))));
}

/** @param {Context} context @param {Offer} offer @param {string} [apart] */
function card(context, offer, apart) {
  const { text, pictures, acts } = context;
  return h('li', { class: 'card', part: 'card', 'data-id': offer.id },
    opener(context, offer, { class: 'open' },
      h('span', { class: 'picture' }, pictures.of(offer)),
      h('span', { class: 'card-text' },
        h('span', { class: 'title' }, isolated(offer.title)),
        price(context, offer),
        apart ? h('span', { class: 'apart', part: 'apart' }, apart) : null)),
    h('button', { class: 'more', part: 'more', type: 'button', 'aria-label': text.say('more.of', { title: offer.title }), onclick: () => acts.more(offer) }, text.say('more')));
}
