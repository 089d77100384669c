import { element } from './element.js';

const section = element('loading');
const bar = element('progress', HTMLProgressElement);
const label = element('progress-text');

/** @param {import('../twinlens.js').Progress} progress */
export function showProgress({ stage, loaded, total }) {
  if (total > 0) {
    bar.max = total;
    bar.value = Math.min(loaded, total);
    label.textContent = `${stage}: ${megabytes(loaded)} of ${megabytes(total)} MB`;
  } else {
    // A progress bar without a value is indeterminate.
    bar.removeAttribute('value');
    label.textContent = `${stage} …`;
  }
}

export function hideProgress() {
  section.hidden = true;
}

/** @param {number} bytes */
function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}
