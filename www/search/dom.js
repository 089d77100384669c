// Elements are made by calls and never from markup, as pages with Trusted Types and a strict Content-Security-Policy demand.

import { ICONS } from './icons.js';

const SVG = 'http://www.w3.org/2000/svg';

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * A new element. Attributes that are null, undefined or false are left out, `on…` are listeners and `--…` custom properties;
 * strings become text.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (name.startsWith('--')) made.style.setProperty(name, String(value));
    else made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...present(children));
  return made;
}

/** @param {(Child | Child[])[]} children */
function present(children) {
  return /** @type {(Node | string)[]} */ (children.flat().filter((child) => child));
}

/** A drawn symbol that assistive technology does not see. @param {string} name @param {string} [size] */
export function icon(name, size = '') {
  return drawing('0 0 24 24', `icon ${size}`, ICONS[name]);
}

/** @param {string} box @param {string} className @param {string | Record<string, string>[]} shapes path data, or the attributes of paths */
export function drawing(box, className, shapes) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', box);
  svg.setAttribute('class', className.trim());
  svg.setAttribute('aria-hidden', 'true');
  for (const attributes of typeof shapes === 'string' ? [{ d: shapes }] : shapes) {
    const path = document.createElementNS(SVG, 'path');
    for (const [name, value] of Object.entries(attributes)) path.setAttribute(name, value);
    svg.append(path);
  }
  return svg;
}

/** The title of a listing, say, whose direction is its own. @param {string} text */
export function isolated(text) {
  return h('bdi', {}, text);
}
