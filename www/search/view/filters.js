// Which products are searched: category, price, stock. What the shop does not state is not asked for.

import { h, icon } from '../dom.js';

/** @typedef {import('../../twinlens.js').Filter} Filter */

/** How many of its parts restrict something. @param {Filter} filter */
export function restrictions(filter) {
  return Number(Boolean(filter.category)) + Number(isNumber(filter.minPrice) || isNumber(filter.maxPrice)) + Number(Boolean(filter.inStock));
}

/**
 * @param {import('../text.js').Text} text
 * @param {{ categories?: { name: string, count: number }[], prices?: { min: number, max: number, currency: string | null } | null }} shop
 * @param {Filter} filter
 * @param {boolean} open
 * @param {(filter: Filter) => void} onFilter
 * @param {(open: boolean) => void} onToggle
 */
export function filters(text, { categories = [], prices }, filter, open, onFilter, onToggle) {
  const count = restrictions(filter);
  const summary = h('summary', {}, icon('filter', 'small'), count ? text.say('filter.some', { count }) : text.say('filter'), icon('down', 'chevron'));
  const change = (/** @type {Filter} */ part) => onFilter(cleaned({ ...filter, ...part }));
  const form = h('form', { class: 'panel filter-form', part: 'filter-panel', onsubmit: (/** @type {Event} */ event) => event.preventDefault() },
    categories.length > 1 ? category(text, categories, filter, change) : null,
    prices && prices.max > prices.min ? range(text, prices, filter, change) : null,
    stock(text, filter, change),
    count ? h('div', { class: 'filter-do' }, h('button', { class: 'secondary', type: 'button', onclick: () => onFilter({}) }, text.say('filter.none'))) : null);
  /** @type {HTMLDetailsElement} */
  const details = h('details', { class: 'filters', part: 'filters', open, ontoggle: () => onToggle(details.open) }, summary, form);
  return details;
}

/** @param {import('../text.js').Text} text @param {{ name: string, count: number }[]} categories @param {Filter} filter @param {(part: Filter) => void} change */
function category(text, categories, filter, change) {
  const options = categories.map(({ name, count }) => h('option', { value: name, selected: name === filter.category }, `${name} (${text.number(count)})`));
  const select = h('select', { id: 'category', onchange: () => change({ category: select.value || null }) }, h('option', { value: '' }, text.say('filter.all')), ...options);
  return h('div', { class: 'field' }, h('label', { for: 'category' }, text.say('filter.category')), select);
}

/** @param {import('../text.js').Text} text @param {{ min: number, max: number, currency: string | null }} prices @param {Filter} filter @param {(part: Filter) => void} change */
function range(text, { min, max, currency }, filter, change) {
  const field = (/** @type {'minPrice' | 'maxPrice'} */ key, /** @type {number} */ bound) => {
    const value = filter[key];
    const input = h('input', {
      class: 'amount', type: 'number', inputmode: 'decimal', min: 0, step: 'any', value: isNumber(value) ? value : null, placeholder: text.number(bound, { maximumFractionDigits: 0 }), 'aria-label': text.say(`filter.${key}`),
      onchange: () => change({ [key]: input.value === '' || !input.validity.valid ? null : Number(input.value) }),
    });
    return input;
  };
  const label = currency ? text.say('filter.price-in', { currency }) : text.say('filter.price');
  return h('div', { class: 'field', role: 'group', 'aria-labelledby': 'price-name' }, h('span', { id: 'price-name' }, label),
    h('div', { class: 'range' }, field('minPrice', Math.floor(min)), h('span', { 'aria-hidden': 'true' }, '–'), field('maxPrice', Math.ceil(max))));
}

/** @param {import('../text.js').Text} text @param {Filter} filter @param {(part: Filter) => void} change */
function stock(text, filter, change) {
  const input = h('input', { type: 'checkbox', checked: Boolean(filter.inStock), onchange: () => change({ inStock: input.checked || null }) });
  return h('label', { class: 'check' }, input, text.say('filter.stock'));
}

/** Without what asks for nothing, and with the bounds in order. @param {Filter} filter @returns {Filter} */
function cleaned({ category, minPrice, maxPrice, inStock }) {
  const [low, high] = isNumber(minPrice) && isNumber(maxPrice) && minPrice > maxPrice ? [maxPrice, minPrice] : [minPrice, maxPrice];
  return { ...(category ? { category } : {}), ...(isNumber(low) ? { minPrice: low } : {}), ...(isNumber(high) ? { maxPrice: high } : {}), ...(inStock ? { inStock } : {}) };
}

/** @param {unknown} value @returns {value is number} */
function isNumber(value) {
  return typeof value === 'number';
}
