// What all drawings of a listing share.

import { h, isolated } from '../dom.js';
import { money } from '../format.js';

/** @typedef {import('../reading.js').Offer} Offer */

/**
 * What a drawing needs of the app.
 *
 * @typedef {object} Context
 * @property {import('../text.js').Text} text
 * @property {import('../pictures.js').Pictures} pictures
 * @property {import('./acts.js').Acts} acts
 */

/**
 * The address of a listing's own page. A catalogue may hold any text as one; a `javascript:` must not become a link.
 *
 * @param {{ url: string | null }} listing
 */
export function pageOf({ url }) {
  if (!url || !URL.canParse(url, document.baseURI)) return null;
  return /^https?:$/.test(new URL(url, document.baseURI).protocol) ? url : null;
}

/** What opens a listing: a link to its page, or where it has none a button that shows what is like it.
 * @param {Context} context @param {Offer} offer @param {Record<string, any>} attributes @param {...import('../dom.js').Child} children */
export function opener({ acts }, offer, attributes, ...children) {
  const href = pageOf(offer);
  const common = attributes;
  if (href) return h('a', { ...common, href, onclick: (/** @type {Event} */ event) => acts.select(offer, event) }, ...children);
  return h('button', { ...common, type: 'button', onclick: (/** @type {Event} */ event) => acts.select(offer, event) && acts.more(offer) }, ...children);
}

/** @param {Context} context @param {Offer} offer */
export function price({ text }, offer) {
  if (offer.price === null || offer.price === undefined) return null;
  return h('span', { class: 'price', part: 'price' }, isolated(money(text, offer.price, offer.currency)));
}

/** Whether it is in stock, and how many offers of it there are. @param {Context} context @param {Offer} offer */
export function stock({ text }, offer) {
  const known = offer.inStock === true ? text.say('stock.in') : offer.inStock === false ? text.say('stock.out') : '';
  return [
    known ? h('span', { class: 'stock', part: 'stock' }, known) : null,
    offer.offers > 1 ? h('span', { class: 'offers', part: 'offers' }, text.say('offers', { count: offer.offers })) : null,
  ];
}
