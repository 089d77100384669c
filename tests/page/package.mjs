// The npm package, packed from this checkout.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkout } from './harness.mjs';

/** @returns {{ folder: string, tarball: string, remove: () => void }} */
export function packed() {
  const out = mkdtempSync(join(tmpdir(), 'twinlens-npm-'));
  const tarball = execFileSync(process.execPath, [`${checkout}xtask/npm/pack.mjs`, out], { encoding: 'utf8' }).trim();
  return { folder: join(out, 'twinlens'), tarball, remove: () => rmSync(out, { recursive: true }) };
}
