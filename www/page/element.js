/**
 * An element that index.html is known to hold.
 *
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @param {new () => T} [type]
 * @returns {T}
 */
export function element(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof (type ?? HTMLElement))) throw new Error(`index.html: expected #${id}, found ${found}`);
  return /** @type {T} */ (found);
}

/**
 * A new element with a class and children; strings become text.
 *
 * @param {string} tag
 * @param {string} className
 * @param {...(Node | string)} children
 */
export function create(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}
