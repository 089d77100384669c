// What the engine needs of the browser's WebAssembly. The page asks before it starts a worker; the worker asks again,
// because its own policy decides there.

import { TwinlensError } from './error.js';

/** A module with one 128-bit SIMD instruction, byte for byte that of GoogleChromeLabs/wasm-feature-detect (Apache-2.0). */
const SIMD_MODULE = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
);

/** Throws unless WebAssembly is there and has SIMD. */
export function requireWebAssembly() {
  if (typeof globalThis.WebAssembly !== 'object') {
    throw new TwinlensError(
      'no-webassembly',
      'webassembly: expected the browser to provide it, found none; use a current browser that has it switched on',
    );
  }
  if (!WebAssembly.validate(SIMD_MODULE)) {
    throw new TwinlensError(
      'no-simd',
      'webassembly: expected support for SIMD, found none; use Chrome 91, Firefox 89, Safari 16.4 or later',
    );
  }
}

/** Throws unless modules may be compiled here: a Content-Security-Policy can forbid it where WebAssembly is there. */
export function requireCompilation() {
  try {
    new WebAssembly.Module(SIMD_MODULE);
  } catch (error) {
    throw new TwinlensError(
      'no-webassembly',
      "webassembly: expected to be allowed to compile a module, found it forbidden; add 'wasm-unsafe-eval' to script-src " +
        `of the Content-Security-Policy that worker.js is served with: ${/** @type {Error} */ (error).message}`,
    );
  }
}
