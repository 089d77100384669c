import { create, element } from './element.js';

const line = element('device');
const table = element('timings', HTMLTableElement);

const DEVICES = { webgpu: 'the GPU (WebGPU)', cpu: 'the CPU' };
const STEPS = /** @type {const} */ ([
  ['decode', 'Read the photo'],
  ['embedPhoto', 'Encode the photo'],
  ['embedTitle', 'Encode the title'],
  ['search', 'Search'],
  ['fuse', 'Weigh the evidence'],
  ['total', 'In all'],
]);

/** @param {import('../twinlens.js').Info} info */
export function showDevice({ device, adapter, reason, listings }) {
  const where = adapter ? `${DEVICES[device]}, ${adapter}` : DEVICES[device];
  line.textContent = `Runs on ${where}${reason ? `: ${reason}` : ''}. ${listings} listings.`;
}

/** @param {import('../twinlens.js').Timings} timings */
export function showTimings(timings) {
  const rows = STEPS.filter(([step]) => timings[step] || step === 'search').map(([step, name]) => {
    const head = create('th', '', name);
    head.setAttribute('scope', 'row');
    return create('tr', '', head, create('td', '', `${Number(timings[step]).toFixed(1)} ms`));
  });
  table.tBodies[0].replaceChildren(...rows);
  table.hidden = false;
}

export function clearTimings() {
  table.hidden = true;
}
