/**
 * The package's own scripts as this page or worker has loaded them, from the browser's account of its requests.
 *
 * @param {string} here URL of twinlens.js or worker.js, beside which the others lie
 * @returns {import('../twinlens.js').RequestRecord[]}
 */
export function runtimeRecords(here) {
  const parts = ['twinlens.js', 'worker.js', 'pkg/'].map((part) => new URL(part, here).href);
  const entries = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType('resource'));
  return entries
    .filter(({ name }) => parts.some((part) => name.startsWith(part)))
    .map(({ name, transferSize, encodedBodySize, startTime }) => ({
      url: name,
      kind: 'runtime',
      bytes: encodedBodySize,
      from: transferSize === 0 && encodedBodySize > 0 ? 'store' : 'network',
      at: performance.timeOrigin + startTime,
    }));
}
