// Where ONNX Runtime Web runs a model's layers. In a session that asks for WebGPU it runs operators without a kernel there,
// most of the quantised ones, on the CPU instead, and only its most talkative log tells.

import { blank, createSession, loadPeer } from './contenders.mjs';

const GPU = 'WebGpuExecutionProvider';
/** What does nearly all of the work. */
const LAYER = /(Conv|MatMul|Gemm|Attention)/;

/**
 * The layers that stay on the CPU, by model.
 *
 * @param {import('playwright-core').Browser} browser @param {string} url of the peer's files @param {string[]} models
 * @returns {Promise<Record<string, number>>}
 */
export async function layersOnCpu(browser, url, models) {
  const page = await blank(browser, url);
  /** @type {string[]} */
  const log = [];
  page.on('console', (message) => log.push(message.text()));
  await loadPeer(page, 'webgpu', 'verbose');
  /** @type {Record<string, number>} */
  const found = {};
  for (const model of models) {
    log.length = 0;
    await createSession(page, model, 'webgpu');
    const lines = log.filter((line) => line.includes('VerifyEachNodeIsAssignedToAnEp'));
    if (!lines.some((line) => line.includes(`[${GPU}]`))) {
      throw new Error(`${model}: expected ONNX Runtime to say which nodes it puts on ${GPU}, found ${lines.length} lines about nodes`);
    }
    let provider = '';
    found[model] = 0;
    for (const line of lines) {
      provider = line.match(/placed on \[(\w+)\]/)?.[1] ?? provider;
      if (provider !== GPU && LAYER.test(line.split(']').at(-1) ?? '')) found[model] += 1;
    }
  }
  await page.context().close();
  return found;
}
