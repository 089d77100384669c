/**
 * The package's own scripts as this page or worker has loaded them, from the browser's account of its requests.
 *
 * @returns {import('../twinlens.js').RequestRecord[]}
 */
export function runtimeRecords() {
  // Written so that bundlers do not take it for one more file to emit.
  const here = import.meta.url;
  const folder = new URL('./', here).href;
  const others = [new URL('../twinlens.js', here), new URL('../worker.js', here), new URL('../pkg/', here)].map(String);
  const entries = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType('resource'));
  return entries
    .filter(({ name }) => name.startsWith(folder) || others.some((other) => name.startsWith(other)))
    .map(({ name, transferSize, encodedBodySize, startTime }) => ({
      url: name,
      kind: 'runtime',
      bytes: encodedBodySize,
      from: transferSize === 0 && encodedBodySize > 0 ? 'store' : 'network',
      at: performance.timeOrigin + startTime,
    }));
}
