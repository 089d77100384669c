// Scripts that a page may be told to check: where it requires Trusted Types, a URL of a script must come from a policy.

/** @type {{ createScriptURL(url: string): any } | undefined} */
let policy;

/**
 * `url` as what the constructor of a worker takes, under the policy `twinlens`.
 *
 * @param {string} url
 * @returns {any}
 */
export function trustedScript(url) {
  const { trustedTypes } = /** @type {any} */ (globalThis);
  if (!trustedTypes) return url;
  policy ??= /** @type {NonNullable<typeof policy>} */ (
    trustedTypes.createPolicy('twinlens', { createScriptURL: (/** @type {string} */ checked) => checked })
  );
  return policy.createScriptURL(url);
}
