/** Of these trying again can help, unless the place that reports one knows better. */
const PASSING = ['io', 'timeout', 'offline', 'aborted', 'not-ready', 'gpu-failed', 'worker-failed'];

/** A failure: `code` names its kind and does not change between versions, `message` says what was expected and found. */
export class TwinlensError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {{ retry?: boolean, cause?: unknown }} [options]
   */
  constructor(code, message, { retry = PASSING.includes(code), cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'TwinlensError';
    this.code = code;
    this.retry = retry;
  }
}

/**
 * An argument of the wrong type or out of range.
 *
 * @param {string} argument its name in the caller's code
 * @param {string} expected
 * @param {unknown} found the value that was given
 */
export function badArgument(argument, expected, found) {
  return new TwinlensError('bad-argument', `${argument}: expected ${expected}, found ${describe(found)}`);
}

/**
 * A short name for any value: its type, and the value itself where that fits in a sentence.
 *
 * @param {unknown} value
 */
function describe(value) {
  if (typeof value === 'string') return value.length > 40 ? `a string of ${value.length} characters` : JSON.stringify(value);
  if (typeof value === 'number' || typeof value === 'boolean') return `the ${typeof value} ${value}`;
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const name = value.constructor?.name;
  return name && name !== 'Object' ? `an object of type ${name}` : 'a plain object';
}
