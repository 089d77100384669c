// Choosing the part of the photo that counts: by mouse, finger or keys.

import { h, icon } from './dom.js';
import { copyOf } from './pictures.js';

/** @typedef {{ x: number, y: number, width: number, height: number }} Region in fractions of the upright photo */

/** The smallest side of a region, and a step of an arrow key. */
const LEAST = 0.08;
const STEP = 0.02;
/** Where a region begins that was not chosen yet. */
const START = { x: 0.1, y: 0.1, width: 0.8, height: 0.8 };
const WHOLE = { x: 0, y: 0, width: 1, height: 1 };

/** Which edges a corner moves: left, top, right, bottom. */
const CORNERS = /** @type {const} */ ([['a', [1, 1, 0, 0]], ['b', [0, 1, 1, 0]], ['c', [1, 0, 0, 1]], ['d', [0, 0, 1, 1]]]);
/** @type {Record<string, [number, number]>} */
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {import('./text.js').Text} text
 * @param {HTMLCanvasElement} photo
 * @param {Region | null} region
 * @param {object} acts
 * @param {(region: Region | null) => void} acts.region a part was chosen, or the whole photo
 * @param {() => void} acts.done
 * @param {() => void} acts.remove
 */
export function cropper(text, photo, region, acts) {
  let chosen = region ?? { ...START };
  let asked = region;
  const node = h('div', { class: 'region', part: 'region', role: 'group', tabindex: 0, 'aria-label': text.say('crop.region') },
    ...CORNERS.map(([name, edges]) => h('span', { class: `corner ${name}`, part: 'corner', 'data-edges': edges.join('') })));
  const picture = copyOf(photo);
  picture.setAttribute('role', 'img');
  picture.removeAttribute('aria-hidden');
  picture.setAttribute('aria-label', text.say('picture.own'));
  const stage = h('div', { class: 'stage-photo' }, picture, node);
  const place = () => {
    for (const [side, share] of [['top', chosen.y], ['left', chosen.x], ['right', 1 - chosen.x - chosen.width], ['bottom', 1 - chosen.y - chosen.height]]) {
      node.style.setProperty(`--${side}`, `${100 * Number(share)}%`);
    }
  };
  const change = (/** @type {Region} */ next) => {
    chosen = next;
    place();
  };
  /** Asks for what the frame shows, where that is not asked for already. */
  const commit = () => {
    const next = isWhole(chosen) ? null : chosen;
    if (isSame(next, asked)) return;
    asked = next;
    acts.region(next);
  };
  const search = () => {
    commit();
    acts.done();
  };
  place();
  dragging(node, stage, () => chosen, change, commit);
  node.addEventListener('keydown', (event) => {
    const direction = KEYS[event.key];
    if (event.key === 'Enter' || event.key === 'Escape') {
      // Otherwise the key would press the button that gets the focus.
      event.preventDefault();
      return event.key === 'Enter' ? search() : acts.done();
    }
    if (!direction || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    change(event.shiftKey ? resized(chosen, [0, 0, 1, 1], direction[0] * STEP, direction[1] * STEP) : moved(chosen, direction[0] * STEP, direction[1] * STEP));
    commit();
  });
  const whole = () => {
    change({ ...WHOLE });
    commit();
  };
  const button = (/** @type {string} */ key, /** @type {string} */ symbol, /** @type {() => void} */ onclick) => h('button', { class: 'secondary', type: 'button', onclick }, icon(symbol, 'small'), text.say(key));
  const key = (/** @type {string} */ name) => h('kbd', {}, text.say(name));
  const made = h('section', { class: 'crop', part: 'crop', 'aria-labelledby': 'crop-title' },
    h('div', { class: 'crop-say' }, h('h2', { id: 'crop-title' }, text.say('crop.title')), h('p', {}, text.say('crop.text')),
      h('p', { class: 'keys' }, h('span', {}, key('key.arrows'), ` ${text.say('crop.move')}`), h('span', {}, key('key.shift'), ' + ', key('key.arrows'), ` ${text.say('crop.resize')}`))),
    h('div', { class: 'stage', part: 'stage' }, stage),
    h('div', { class: 'crop-do' }, h('button', { class: 'primary', type: 'button', onclick: search }, text.say('crop.done')),
      button('crop.whole', 'whole', whole), button('crop.remove', 'bin', acts.remove)));
  return { node: made, focus: () => node.focus({ preventScroll: true }) };
}

/**
 * @param {HTMLElement} node @param {HTMLElement} stage
 * @param {() => Region} region @param {(region: Region) => void} change @param {() => void} end
 */
function dragging(node, stage, region, change, end) {
  node.addEventListener('pointerdown', (event) => {
    const corner = event.target instanceof HTMLElement && event.target.dataset.edges ? event.target : null;
    // A second finger does not take the frame from the first.
    if (event.button !== 0 || node.hasAttribute('data-dragging')) return;
    event.preventDefault();
    node.focus({ preventScroll: true });
    const edges = corner ? [...(corner.dataset.edges ?? '')].map(Number) : null;
    const { width, height } = stage.getBoundingClientRect();
    const from = { ...region() };
    const [x, y] = [event.clientX, event.clientY];
    node.toggleAttribute('data-dragging', true);
    corner?.toggleAttribute('data-held', true);
    const { pointerId } = event;
    let hasMoved = false;
    node.setPointerCapture(pointerId);
    const controller = new AbortController();
    const { signal } = controller;
    const move = (/** @type {PointerEvent} */ { clientX, clientY, pointerId: of }) => {
      if (of !== pointerId) return;
      hasMoved = true;
      const [dx, dy] = [(clientX - x) / width, (clientY - y) / height];
      change(edges ? resized(from, edges, dx, dy) : moved(from, dx, dy));
    };
    const stop = (/** @type {PointerEvent} */ { pointerId: of }) => {
      if (of !== pointerId) return;
      controller.abort();
      node.toggleAttribute('data-dragging', false);
      corner?.toggleAttribute('data-held', false);
      if (hasMoved) end();
    };
    node.addEventListener('pointermove', move, { signal });
    node.addEventListener('pointerup', stop, { signal });
    node.addEventListener('pointercancel', stop, { signal });
  });
}

/** @param {Region} region */
function isWhole(region) {
  return isSame(region, WHOLE);
}

/** Whether two parts are one to the eye; null is the whole photo. @param {Region | null} one @param {Region | null} other */
function isSame(one, other) {
  const [a, b] = [one ?? WHOLE, other ?? WHOLE];
  return /** @type {const} */ (['x', 'y', 'width', 'height']).every((side) => Math.abs(a[side] - b[side]) < LEAST / 100);
}

/** @param {Region} region @param {number} dx @param {number} dy @returns {Region} */
export function moved({ x, y, width, height }, dx, dy) {
  return { x: within(x + dx, 0, 1 - width), y: within(y + dy, 0, 1 - height), width, height };
}

/** @param {Region} region @param {readonly number[]} edges 1 for each of left, top, right and bottom that moves @param {number} dx @param {number} dy @returns {Region} */
export function resized({ x, y, width, height }, [left, top, right, bottom], dx, dy) {
  const x1 = left ? within(x + dx, 0, x + width - LEAST) : x;
  const y1 = top ? within(y + dy, 0, y + height - LEAST) : y;
  const x2 = right ? within(x + width + dx, x + LEAST, 1) : x + width;
  const y2 = bottom ? within(y + height + dy, y + LEAST, 1) : y + height;
  return { x: x1, y: y1, width: x2 - x1, height: y2 - y1 };
}

/** @param {number} value @param {number} least @param {number} most */
function within(value, least, most) {
  return Math.min(Math.max(value, least), most);
}
