// Amounts as the shopper's language writes them.

/**
 * @param {import('./text.js').Text} text
 * @param {number} price
 * @param {string | null | undefined} currency ISO 4217 code, or a sign that several currencies share
 */
export function money(text, price, currency) {
  if (/^[A-Z]{3}$/.test(currency ?? '')) return text.number(price, { style: 'currency', currency: /** @type {string} */ (currency) });
  const number = text.number(price, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return currency ? `${currency}\u00a0${number}` : number;
}

/** Three digits, in the unit that suits. @param {import('./text.js').Text} text @param {number} bytes */
export function size(text, bytes) {
  const [unit, value] = bytes >= 1e6 ? ['megabyte', bytes / 1e6] : bytes >= 1e3 ? ['kilobyte', bytes / 1e3] : ['byte', bytes];
  return text.number(/** @type {number} */ (value), { style: 'unit', unit: /** @type {string} */ (unit), maximumFractionDigits: unit === 'megabyte' ? 2 : 0 });
}

/** Whole megabytes, for sentences. @param {number} bytes */
export function megabytes(bytes) {
  return Math.round(bytes / 1e6);
}

/** @param {import('./text.js').Text} text @param {number} ms */
export function milliseconds(text, ms) {
  return text.number(ms, { style: 'unit', unit: 'millisecond', maximumFractionDigits: 0 });
}

/** @param {import('./text.js').Text} text @param {number} share 0 to 1 */
export function percent(text, share) {
  return text.number(share, { style: 'percent', maximumFractionDigits: 0 });
}
