// Which products are searched: category, price, stock. What the shop does not state is not asked for.

import { h, icon } from '../dom.js';

/** @typedef {import('../../twinlens.js').Filter} Filter */

/** How many of its parts restrict something. @param {Filter} filter */
export function restrictions(filter) {
  return Number(Boolean(filter.category)) + Number(isNumber(filter.minPrice) || isNumber(filter.maxPrice)) + Number(Boolean(filter.inStock));
}

/**
 * The form, and `show`, which lets it say what a filter asks for: its fields stay the elements that they are.
 *
 * @param {import('../text.js').Text} text
 * @param {{ categories?: { name: string, count: number }[], prices?: { min: number, max: number, currency: string | null } | null }} shop
 * @param {boolean} open
 * @param {(filter: Filter) => void} onFilter
 * @param {(open: boolean) => void} onToggle
 */
export function filters(text, { categories = [], prices }, open, onFilter, onToggle) {
  /** @type {Filter} */
  let current = {};
  const change = (/** @type {Filter} */ part) => onFilter(cleaned({ ...current, ...part }));
  const fields = [
    ...(categories.length > 1 ? [category(text, categories, change)] : []),
    ...(prices && prices.max > prices.min ? [range(text, prices, change)] : []),
    stock(text, change),
  ];
  const name = h('span', {});
  const none = h('div', { class: 'filter-do', hidden: true }, h('button', { class: 'secondary', type: 'button', onclick: () => {
    summary.focus();
    onFilter({});
  } }, text.say('filter.none')));
  const summary = h('summary', {}, icon('filter', 'small'), name, icon('down', 'chevron'));
  const form = h('form', { class: 'panel filter-form', part: 'filter-panel', onsubmit: (/** @type {Event} */ event) => event.preventDefault() }, ...fields.map(({ node }) => node), none);
  /** @type {HTMLDetailsElement} */
  const node = h('details', { class: 'filters', part: 'filters', open, ontoggle: () => onToggle(node.open) }, summary, form);
  const show = (/** @type {Filter} */ filter) => {
    if (filter === current && name.firstChild) return;
    current = filter;
    const count = restrictions(filter);
    name.textContent = count ? text.say('filter.some', { count }) : text.say('filter');
    none.hidden = count === 0;
    for (const field of fields) field.show(filter);
  };
  return { node, show };
}

/** @typedef {{ node: HTMLElement, show: (filter: Filter) => void }} Field */

/** @param {import('../text.js').Text} text @param {{ name: string, count: number }[]} categories @param {(part: Filter) => void} change @returns {Field} */
function category(text, categories, change) {
  const options = categories.map(({ name, count }) => h('option', { value: name }, `${name} (${text.number(count)})`));
  const select = h('select', { id: 'category', onchange: () => change({ category: select.value || null }) }, h('option', { value: '' }, text.say('filter.all')), ...options);
  const node = h('div', { class: 'field' }, h('label', { for: 'category' }, text.say('filter.category')), select);
  return { node, show: (filter) => void (select.value = filter.category ?? '') };
}

/** @param {import('../text.js').Text} text @param {{ min: number, max: number, currency: string | null }} prices @param {(part: Filter) => void} change @returns {Field} */
function range(text, { min, max, currency }, change) {
  const field = (/** @type {'minPrice' | 'maxPrice'} */ key, /** @type {number} */ bound) => {
    const input = h('input', {
      class: 'amount', type: 'number', inputmode: 'decimal', min: 0, step: 'any', placeholder: text.number(bound, { maximumFractionDigits: 0 }), 'aria-label': text.say(`filter.${key}`),
      onchange: () => change({ [key]: input.value === '' || !input.validity.valid ? null : Number(input.value) }),
    });
    return { key, input };
  };
  const fields = [field('minPrice', Math.floor(min)), field('maxPrice', Math.ceil(max))];
  const label = currency ? text.say('filter.price-in', { currency }) : text.say('filter.price');
  const node = h('div', { class: 'field', role: 'group', 'aria-labelledby': 'price-name' }, h('span', { id: 'price-name' }, label),
    h('div', { class: 'range' }, fields[0].input, h('span', { 'aria-hidden': 'true' }, '–'), fields[1].input));
  return {
    node,
    show(filter) {
      for (const { key, input } of fields) {
        const value = filter[key];
        // What is being typed stays as it is written.
        const shown = input.value === '' ? undefined : Number(input.value);
        if (shown !== (value ?? undefined)) input.value = isNumber(value) ? String(value) : '';
      }
    },
  };
}

/** @param {import('../text.js').Text} text @param {(part: Filter) => void} change @returns {Field} */
function stock(text, change) {
  const input = h('input', { type: 'checkbox', onchange: () => change({ inStock: input.checked || null }) });
  return { node: h('label', { class: 'check' }, input, text.say('filter.stock')), show: (filter) => void (input.checked = Boolean(filter.inStock)) };
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
