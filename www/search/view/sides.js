import { h, icon, isolated } from '../dom.js';
import { price } from './listing.js';

/** The photo says one product and the words another: which of the two counts? @param {import('./listing.js').Context} context @param {import('../reading.js').Offer[]} offers the photo's, then the words' */
export function sides(context, [ofPhoto, ofWords]) {
  const { text, pictures, acts } = context;
  const side = (/** @type {import('../reading.js').Offer} */ offer, /** @type {'photo' | 'words'} */ by) => h('div', { class: 'side', part: 'side', 'data-id': offer.id },
    h('p', { class: 'says' }, icon(by === 'photo' ? 'picture' : 'type', 'small'), text.say(`conflict.${by}`)),
    h('div', { class: 'picture' }, pictures.of(offer)),
    h('div', { class: 'side-text' }, h('h3', { class: 'title' }, isolated(offer.title)), h('p', {}, price(context, offer))),
    h('button', { class: 'secondary', type: 'button', onclick: () => acts.by(by) }, text.say(`conflict.by.${by}`)));
  return h('div', { class: 'body sides', part: 'sides' }, side(ofPhoto, 'photo'), side(ofWords, 'words'));
}
