/** @typedef {import('../twinlens.js').Progress} Progress */
/** @typedef {Progress & { later?: number }} StageProgress `later` are the bytes of the stages that follow */

/**
 * What a caller gets of one stage: its own bytes.
 *
 * @param {(progress: Progress) => void} listener
 * @returns {(progress: StageProgress) => void}
 */
export function ofStage(listener) {
  return ({ stage, loaded, total }) => listener({ stage, loaded, total });
}

/**
 * What a caller gets of several stages: the bytes of all of them, with a total that does not change.
 *
 * @param {(progress: Progress) => void} listener
 * @returns {(progress: StageProgress) => void}
 */
export function ofAllStages(listener) {
  /** @type {Map<string, number>} */
  const loaded = new Map();
  let all = 0;
  return ({ stage, loaded: arrived, total, later = 0 }) => {
    loaded.set(stage, arrived);
    if (stage === 'catalogue' && total) all = total + later;
    const sum = [...loaded.values()].reduce((one, other) => one + other, 0);
    return listener({ stage, loaded: sum, total: all });
  };
}
