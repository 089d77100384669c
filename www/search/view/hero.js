import { h, icon, isolated } from '../dom.js';
import { opener, pageOf, price, stock } from './listing.js';

/** The one product, with the reason at its foot. @param {import('./listing.js').Context} context @param {import('../reading.js').Offer} offer @param {Node | null} why */
export function hero(context, offer, why) {
  const { text, pictures, acts } = context;
  const picture = h('div', { class: 'picture', part: 'picture' }, pictures.of(offer, text.say('picture.shop', { title: offer.title })));
  const link = pageOf(offer)
    ? opener(context, offer, { class: 'primary', part: 'link' }, text.say('link.shop'), icon('out', 'small'))
    : h('button', { class: 'secondary', part: 'more', type: 'button', onclick: () => acts.more(offer) }, text.say('more'));
  const facts = h('div', { class: 'facts', part: 'facts' },
    h('h3', { class: 'title', part: 'title' }, isolated(offer.title)),
    h('p', { class: 'offer' }, price(context, offer), ...stock(context, offer)),
    link,
    h('slot', { name: 'actions' }));
  return h('article', { class: 'hero', part: 'hero', 'data-id': offer.id }, picture, facts, why);
}
