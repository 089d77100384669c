/**
 * A function of the caller's that cannot disturb ours: the first error it throws, or rejects with, is reported as an
 * uncaught error of the page, and later ones are dropped, for it may be called hundreds of times.
 *
 * @template A
 * @param {(argument: A) => unknown} callback
 * @returns {(argument: A) => void}
 */
export function isolated(callback) {
  let reported = false;
  const report = (/** @type {unknown} */ error) => {
    if (reported) return;
    reported = true;
    (globalThis.reportError ?? console.error)(error);
  };
  return (argument) => {
    try {
      Promise.resolve(callback(argument)).catch(report);
    } catch (error) {
      report(error);
    }
  };
}
