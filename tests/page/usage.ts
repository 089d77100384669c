// What a caller in TypeScript may write and may not; types.test.mjs has it checked, nothing runs it.

import { Matcher, TwinlensError } from '../../www/twinlens.js';

export async function everything(photo: Blob): Promise<void> {
  const matcher = await Matcher.load({
    models: new URL('https://shop.example/models/'),
    catalogue: './catalogue/',
    device: 'cpu',
    onProgress: ({ stage, loaded, total }) => console.log(stage, loaded / total),
  });
  const { hits } = await matcher.match({ photo, title: 'laptop', limit: 3 });
  for (const { id, probability, why } of hits) console.log(id.length, probability.toFixed(2), why.join());
  const vector: Float32Array = await matcher.embedTitle('laptop');
  console.log(vector, matcher.info().packs[0]?.dimension);
  matcher.close();
}

export function explain(error: unknown): string {
  if (!(error instanceof TwinlensError)) return 'another error';
  switch (error.code) {
    case 'no-webassembly':
    case 'worker-blocked':
      return error.message;
    default:
      return error.code;
  }
}

export function mistakes(matcher: Matcher): void {
  // @ts-expect-error: made by load
  new Matcher();
  // @ts-expect-error: without a catalogue
  void Matcher.load({ models: './models/' });
  // @ts-expect-error: misspelt
  void matcher.match({ titel: 'laptop' });
}
