import { element } from './element.js';

const section = element('loading');
const bar = element('progress', HTMLProgressElement);
const label = element('progress-text');

/** @type {Record<import('../twinlens.js').Progress['stage'], string>} */
const STAGES = {
  catalogue: 'Fetching the catalogue',
  photo: 'Fetching what reads photos',
  words: 'Fetching what reads words',
  pictures: 'Fetching pictures',
};

/** @param {import('../twinlens.js').Progress} progress */
export function showProgress({ stage, loaded, total }) {
  if (total > 0) {
    bar.max = total;
    bar.value = Math.min(loaded, total);
    label.textContent = `${STAGES[stage]}: ${megabytes(loaded)} of ${megabytes(total)} MB`;
  } else {
    // A progress bar without a value is indeterminate.
    bar.removeAttribute('value');
    label.textContent = `${STAGES[stage]} …`;
  }
}

export function hideProgress() {
  section.hidden = true;
}

/** @param {number} bytes */
function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}
