// Taking turns, and what the turns say.

/**
 * One of those compared: `run` does the work once and gives what it took in milliseconds.
 * @typedef {{ name: string, run: () => Promise<number> }} Contender
 * @typedef {{ median: number, low: number, high: number }} Spread the median and the quartiles
 */

/** What ours is called among the contenders. */
export const OURS = 'twinlens';

/**
 * Every round runs every contender, in an order that turns about from round to round: what slows the machine for a while
 * slows all of them. A contender's sample is the median of its `runs` in the round.
 *
 * @param {Contender[]} contenders
 * @param {{ rounds: number, runs: number }} options
 * @returns {Promise<Record<string, number[]>>} milliseconds by name, one a round
 */
export async function takeTurns(contenders, { rounds, runs }) {
  const samples = Object.fromEntries(contenders.map(({ name }) => [name, /** @type {number[]} */ ([])]));
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 ? [...contenders].reverse() : contenders;
    for (const { name, run } of order) samples[name].push(median(await repeat(run, runs)));
  }
  return samples;
}

/**
 * The `keep` fastest after warming up, and the fastest that `also` asks for: a contest of all forms of all models would take hours.
 *
 * @param {Contender[]} contenders
 * @param {{ keep: number, warmups: number, runs: number, also?: (contender: any) => boolean }} options
 */
export async function fastest(contenders, { keep, warmups, runs, also = () => false }) {
  const tried = [];
  for (const contender of contenders) {
    await repeat(contender.run, warmups);
    tried.push({ contender, ms: median(await repeat(contender.run, runs)) });
  }
  tried.sort((a, b) => a.ms - b.ms);
  const order = tried.map(({ contender }) => contender);
  const kept = new Set([...order.slice(0, keep), ...order.filter(also).slice(0, 1)]);
  return { kept: [...kept], tried: Object.fromEntries(tried.map(({ contender, ms }) => [contender.name, ms])) };
}

/**
 * Ours beside the peer with the least median. `ratio` is the peer's milliseconds over ours, round by round.
 *
 * @param {Record<string, number[]>} samples
 */
export function compare(samples) {
  const { [OURS]: ours, ...peers } = samples;
  const [peer, theirs] = Object.entries(peers).sort((a, b) => median(a[1]) - median(b[1]))[0];
  return {
    rounds: ours.length,
    contenders: Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, spread(values)])),
    peer,
    ratio: spread(ours.map((ms, round) => theirs[round] / ms)),
    ratio_of_medians: median(theirs) / median(ours),
  };
}

/** @param {number[]} values @returns {Spread} */
export function spread(values) {
  return { median: median(values), low: quantile(values, 0.25), high: quantile(values, 0.75) };
}

/** @param {number[]} values */
export function median(values) {
  return quantile(values, 0.5);
}

/** Between the two nearest values as numpy does it. @param {number[]} values @param {number} share */
function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = Math.floor(at);
  return sorted[below] + (at - below) * (sorted[Math.ceil(at)] - sorted[below]);
}

/** @param {() => Promise<number>} run @param {number} times */
async function repeat(run, times) {
  const found = [];
  for (let time = 0; time < times; time += 1) found.push(await run());
  return found;
}

/** A line for whoever watches. @param {string} work @param {ReturnType<typeof compare>} found */
export function tell(work, { contenders, peer, ratio }) {
  const shown = ({ median, low, high }) => `${median.toPrecision(4)} [${low.toPrecision(3)}–${high.toPrecision(3)}]`;
  const peers = Object.entries(contenders).map(([name, spread]) => `${name} ${shown(spread)} ms`);
  console.error(`${work}: ${peers.join(', ')}; ${peer} / ours ${shown(ratio)}`);
}
