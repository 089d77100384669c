import { h, icon, isolated } from '../dom.js';
import { opener, pageOf, price } from './listing.js';

/** @typedef {import('./listing.js').Context} Context */
/** @typedef {import('../reading.js').Offer} Offer */

/** Two to four equals, what tells them apart in bold. @param {Context} context @param {Offer[]} offers */
export function candidates(context, offers) {
  // Equals are drawn alike: what differs is in bold where it can be said of each.
  const each = offers.every(({ differs, title }) => differs && differs.toLowerCase() !== title.toLowerCase());
  return h('ul', { class: offers.length > 3 ? 'candidates many' : 'candidates', part: 'candidates' }, ...offers.map((offer) => h('li', {}, candidate(context, offer, each ? offer.differs : ''))));
}

/** @param {Context} context @param {Offer} offer @param {string} differs */
function candidate(context, offer, differs) {
  const { text, pictures } = context;
  return opener(context, offer, { class: 'candidate', part: 'candidate', 'data-id': offer.id },
    h('span', { class: 'picture' }, pictures.of(offer)),
    h('span', { class: 'candidate-text' },
      differs ? h('strong', { class: 'differs', part: 'differs' }, isolated(differs)) : null,
      h('span', { class: differs ? 'title' : 'title alone', part: 'title' }, isolated(offer.title)),
      price(context, offer),
      h('span', { class: 'see' }, text.say(pageOf(offer) ? 'link.shop' : 'more'))),
    icon('end', 'go'));
}

/** What would decide between them, and how to give it. @param {Context} context @param {string | null} differIn @param {boolean} hasPhoto */
export function question({ text, acts }, differIn, hasPhoto) {
  const key = differIn && text.has(`question.${differIn}`) ? differIn : 'other';
  const advice = key === 'other' ? (hasPhoto ? 'question.advice.words' : 'question.advice.photo') : `question.advice.${key}`;
  const type = h('button', { class: 'secondary', type: 'button', onclick: acts.type }, icon('type', 'small'), text.say(text.has(`question.type.${key}`) ? `question.type.${key}` : 'question.type.other'));
  const show = h('button', { class: 'secondary', type: 'button', onclick: acts.show }, icon('camera', 'small'), text.say(hasPhoto || key !== 'other' ? 'question.show.label' : 'question.show.photo'));
  return h('div', { class: 'question', part: 'question' },
    h('p', {}, h('b', {}, text.say(`question.${key}`)), text.say(text.has(advice) ? advice : 'question.advice.any')),
    h('div', { class: 'question-do' }, show, type));
}
