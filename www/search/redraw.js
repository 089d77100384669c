// Drawing anew without taking anything from under the shopper's hands.

/**
 * Lets `change` redraw. What had the focus has it again where it is drawn again: the same part of the same listing, or a control
 * with the same text. Otherwise the heading has it, from which a screen reader goes on.
 *
 * @param {HTMLElement} place
 * @param {() => void} change
 */
export function keepingFocus(place, change) {
  const root = /** @type {ShadowRoot | Document} */ (place.getRootNode());
  const before = root.activeElement;
  if (!(before instanceof HTMLElement) || !place.contains(before)) return change();
  const name = nameOf(before);
  change();
  if (before.isConnected && root.activeElement === before) return;
  const again = [...place.querySelectorAll('*')].find((node) => node.tagName === before.tagName && nameOf(node) === name);
  /** @type {HTMLElement | null} */ (again ?? place.querySelector('h2[tabindex]'))?.focus({ preventScroll: true });
}

/** @param {Element} node */
function nameOf(node) {
  const own = node.getAttribute('part') ?? `${node.className} ${node.textContent}`;
  return `${own} ${node.closest('[data-id]')?.getAttribute('data-id')}`;
}

/**
 * Draws anew what stands in a place; a button that has the focus and a bar that moves stay the elements that they are.
 *
 * @param {HTMLElement} place
 * @param {Node | null} drawn
 */
export function replaceInPlace(place, drawn) {
  const [old, next] = place.matches('.lead') ? [place, /** @type {HTMLElement | null} */ (drawn)] : [/** @type {HTMLElement | null} */ (place.firstElementChild), /** @type {HTMLElement | null} */ (drawn)];
  const button = old?.querySelector('button');
  const same = old && next && button?.textContent === next.querySelector('button')?.textContent && Boolean(button) === Boolean(next.querySelector('button'));
  if (!same) {
    if (place.matches('.lead')) place.replaceWith(...(drawn ? [drawn] : []));
    else place.replaceChildren(...(drawn ? [drawn] : []));
    return;
  }
  const [oldText, newText] = [old.querySelector('p') ?? old, next.querySelector('p') ?? next];
  if (oldText.firstChild && newText.firstChild) oldText.firstChild.textContent = newText.firstChild.textContent;
  const [bar, newBar] = [old.querySelector('progress'), next.querySelector('progress')];
  if (bar && newBar?.hasAttribute('value')) Object.assign(bar, { max: newBar.max, value: newBar.value });
}
