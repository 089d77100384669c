/**
 * A script in place of pkg/twinlens_core.js, for what the WebAssembly side must not do on demand. `members` are methods of
 * its matcher beside those that loading calls.
 */
export const standIn = (members = '') => ({
  headers: { 'content-type': 'text/javascript' },
  body: `
    export default async function init() { return { memory: new WebAssembly.Memory({ initial: 1 }) }; }
    export class WebMatcher {
      static async load(options, host, progress) {
        for (const loaded of [1, 2, 3]) progress('catalogue', loaded, 3);
        return new WebMatcher();
      }
      tuned() {}
      encoders() { return []; }
      pictures() { return []; }
      reason() { return 'stand-in'; }
      info() { return { device: 'cpu', adapter: null, reason: 'stand-in', listings: 0 }; }
      ${members}
    }`,
});
