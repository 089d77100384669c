/** Milliseconds in which cards move to their new places. */
const DURATION = 150;

/** Whether the shopper wants things to stand still. */
export function isStill() {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

/**
 * Lets `change` redraw, then moves what stands elsewhere now from its former place.
 *
 * @param {HTMLElement} place whose descendants with `data-id` are followed
 * @param {() => void} change
 */
export function moving(place, change) {
  if (isStill()) return change();
  const before = new Map([...followed(place)].map((node) => [node.dataset.id, node.getBoundingClientRect()]));
  change();
  for (const node of followed(place)) {
    const from = before.get(node.dataset.id);
    const to = node.getBoundingClientRect();
    if (!from || (Math.abs(from.x - to.x) < 1 && Math.abs(from.y - to.y) < 1)) continue;
    node.animate([{ transform: `translate(${from.x - to.x}px, ${from.y - to.y}px)` }, { transform: 'none' }], { duration: DURATION, easing: 'ease-out' });
  }
}

/** @param {HTMLElement} place @returns {NodeListOf<HTMLElement>} */
function followed(place) {
  return place.querySelectorAll('[data-id]');
}
