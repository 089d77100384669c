// Styles of what stands before the first use: tokens, ask bar, samples.
//
// `light-dark()` follows the color-scheme in force where the element stands, so a shop that is light only never gets a dark
// block. Without it the light values stay.

export const first = `
:host { display: block; }
:host([hidden]), [hidden] { display: none !important; }
.root, .veil {
  --accent-source: var(--twinlens-accent, #1f6b5b);
  --base: var(--twinlens-font-size, 1rem);
  --font: var(--twinlens-font, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif);
  --gutter: var(--twinlens-gutter, 16px);
  --ground: var(--twinlens-ground, #fafaf8);
  --surface: #fff;
  --sunken: color-mix(in srgb, var(--ground) 96%, #000);
  --line: color-mix(in srgb, var(--ground) 89%, #000);
  --edge: #84888d;
  --text: #1c1f23;
  --quiet: #5a6068;
  --accent: var(--accent-source);
  --accent-soft: color-mix(in srgb, var(--accent-source) 9%, #fff);
  --on-accent: var(--twinlens-on-accent, #fff);
  --match: #1a6b47;
  --unsure: #845800;
  --away: #4c545d;
  --error: #b3261e;
  --lift: 0 1px 2px rgb(28 31 35 / 0.05), 0 12px 32px -8px rgb(28 31 35 / 0.14);
  --r: 12px;
  --t15: calc(var(--base) * 0.9375);
  --t17: calc(var(--base) * 1.0625);
  --t22: calc(var(--base) * 1.375);
  --t28: calc(var(--base) * 1.75);
  --l15: 1.3333;
  --l17: 1.4118;
  --l22: 1.2727;
  --l28: 1.2857;
}
@supports (color: light-dark(#000, #fff)) and (color: oklch(from #000 l c h)) {
  .root, .veil {
    --ground: var(--twinlens-ground, light-dark(#fafaf8, #121416));
    --surface: light-dark(#fff, color-mix(in srgb, var(--ground) 95%, #fff));
    --sunken: light-dark(color-mix(in srgb, var(--ground) 96%, #000), color-mix(in srgb, var(--ground) 90%, #fff));
    --line: light-dark(color-mix(in srgb, var(--ground) 89%, #000), color-mix(in srgb, var(--ground) 84%, #fff));
    --edge: light-dark(#84888d, #737a82);
    --text: light-dark(#1c1f23, #eceef0);
    --quiet: light-dark(#5a6068, #a8afb7);
    --accent: light-dark(oklch(from var(--accent-source) min(l, 0.52) c h), oklch(from var(--accent-source) 0.8 calc(c * 0.75) h));
    --accent-soft: light-dark(color-mix(in srgb, var(--accent-source) 9%, #fff), color-mix(in srgb, var(--accent-source) 20%, var(--ground)));
    --on-accent: light-dark(var(--twinlens-on-accent, #fff), #101416);
    --match: light-dark(#1a6b47, #7fd6a6);
    --unsure: light-dark(#845800, #e8c06a);
    --away: light-dark(#4c545d, #b7bfc8);
    --error: light-dark(#b3261e, #ffa39a);
    --lift: 0 1px 2px light-dark(rgb(28 31 35 / 0.05), rgb(0 0 0 / 0.4)), 0 12px 32px -8px light-dark(rgb(28 31 35 / 0.14), rgb(0 0 0 / 0.6));
  }
}

/* Nothing of the page's is inherited but writing direction and colour scheme; what is here hangs on the element's own width. */
.root {
  all: initial;
  display: block; box-sizing: border-box; color-scheme: inherit; container: twinlens / inline-size;
  max-inline-size: var(--twinlens-width, 992px); margin-inline: auto; padding-inline: var(--gutter);
  color: var(--text); font: 400 var(--t15)/var(--l15) var(--font); overflow-wrap: anywhere;
}
*, ::before, ::after { box-sizing: border-box; }
h2, h3, p, ul { margin: 0; padding: 0; }
h2, h3 { font-weight: 650; letter-spacing: -0.011em; text-wrap: balance; }
ul { list-style: none; }
img, svg, canvas { display: block; }
button, input { font: inherit; color: inherit; letter-spacing: inherit; }
button { margin: 0; padding: 0; border: 0; background: none; text-align: inherit; cursor: pointer; -webkit-tap-highlight-color: transparent; }
summary { cursor: pointer; list-style: none; -webkit-tap-highlight-color: transparent; }
summary::-webkit-details-marker { display: none; }
a, button, summary, input { touch-action: manipulation; }
.icon { inline-size: calc(var(--base) * 1.5); block-size: calc(var(--base) * 1.5); flex: none; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
.icon.small, .icon.chevron { inline-size: calc(var(--base) * 1.25); block-size: calc(var(--base) * 1.25); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.unseen { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.welcome { display: grid; gap: 8px; max-inline-size: 560px; margin: 40px auto 24px; text-align: center; }
.welcome h2 { font-size: var(--t28); line-height: var(--l28); letter-spacing: -0.018em; }
.welcome p { font-size: var(--t17); line-height: var(--l17); color: var(--quiet); text-wrap: balance; }

.ask { position: sticky; inset-block-start: var(--twinlens-sticky-top, 0px); z-index: 2; margin: 0 calc(var(--gutter) * -1); padding: 8px var(--gutter); background: var(--ground); }
.bar { display: flex; align-items: center; min-block-size: 56px; padding: 3px; border: 1px solid var(--edge); border-radius: 28px; background: var(--surface); color: var(--quiet); }
.bar:has(.words:focus) { border-color: var(--accent); outline: 2px solid var(--accent); outline-offset: 0; }
.bar .icon { inline-size: 24px; block-size: 24px; }
.words { flex: 1; min-inline-size: 0; block-size: 48px; margin: 0; padding: 0; border: 0; background: none; font-size: var(--t17); color: var(--text); text-overflow: ellipsis; appearance: none; outline: none; }
.words::placeholder { color: var(--quiet); opacity: 1; }
.words::-webkit-search-cancel-button { display: none; }
.tool, .lens { display: grid; place-items: center; flex: none; inline-size: 48px; block-size: 48px; border-radius: 50%; cursor: pointer; }
.tool { inline-size: 44px; }
.lens { background: var(--accent); color: var(--on-accent); }
.photo { position: relative; flex: none; inline-size: 48px; block-size: 48px; margin-inline-end: 12px; border-radius: 50%; }
.photo > :is(canvas, svg) { inline-size: 100%; block-size: 100%; border-radius: 50%; object-fit: cover; background: var(--sunken); }
.photo > svg { padding: 12px; }
.busy .photo::after { content: ""; position: absolute; inset: -3px; border: 3px solid var(--line); border-block-start-color: var(--accent); border-radius: 50%; }
.busy .spot::before { content: ""; inline-size: 20px; block-size: 20px; border: 2.5px solid var(--line); border-block-start-color: var(--accent); border-radius: 50%; }
.spot { display: grid; place-items: center; flex: none; inline-size: 24px; block-size: 24px; margin-inline: 15px 11px; }
.busy .spot > .icon { display: none; }
.answered .lens { background: none; color: inherit; }
.answered .choose, .answered .hint { display: none; }

.line { display: flex; align-items: start; justify-content: center; column-gap: 8px; flex-wrap: wrap; color: var(--quiet); }
.answered .line { justify-content: space-between; }
.privacy, .filters { flex: none; max-inline-size: 100%; }
:is(.privacy, .filters)[open] { flex: 1 1 100%; }
:is(.privacy, .filters) > summary { display: inline-flex; align-items: center; gap: 8px; min-block-size: 44px; padding-inline: 8px; border-radius: 8px; }
.answered .privacy > summary { margin-inline-start: -8px; }
:is(.privacy, .filters) > summary:focus-visible { outline-offset: -3px; }
:is(.privacy, .filters) > summary .chevron { margin-inline-start: -4px; }
details[open] > summary .chevron { transform: rotate(180deg); }
.hint { display: none; align-items: center; min-block-size: 44px; padding-inline-end: 8px; }

.samples { margin-block-start: 40px; text-align: center; }
.samples h3 { font-size: var(--t15); line-height: var(--l15); font-weight: 600; letter-spacing: 0; }
.samples > p { color: var(--quiet); }
.samples ul { display: grid; grid-template-columns: repeat(3, minmax(0, 200px)); justify-content: center; gap: 12px; margin-block-start: 16px; }
.sample { display: block; inline-size: 100%; overflow: hidden; border: 1px solid var(--line); border-radius: var(--r); background: var(--surface); text-align: center; }
.picture { display: grid; place-items: center; overflow: hidden; background: var(--sunken); }
.sample .picture { position: relative; aspect-ratio: 1; }
.sample .picture > img { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; object-fit: cover; }
.sample-name { display: block; padding: 12px 4px; }

.veil { position: fixed; inset: 0; z-index: 2147483647; display: none; place-items: center; padding: 24px; background: color-mix(in srgb, var(--ground) 88%, transparent); color: var(--text); font: 650 var(--t22)/var(--l22) var(--font); text-align: center; pointer-events: none; color-scheme: inherit; }
.veil.over { display: grid; }
.veil::before { content: ""; position: absolute; inset: 16px; border: 2px dashed var(--accent); border-radius: 28px; }

@media (hover: hover) {
  .lens:hover { background: color-mix(in srgb, var(--accent) 88%, var(--text)); }
  .tool:hover, .answered .lens:hover { background: var(--sunken); color: var(--text); }
  :is(.privacy, .filters) > summary:hover { color: var(--text); }
  .sample:hover { border-color: var(--edge); }
}

@container twinlens (min-width: 608px) {
  .welcome { margin-block: 56px 24px; }
  .root-inner:not(.answered) > :is(.ask, .line) { max-inline-size: 672px; margin-inline: auto; }
  .root-inner:not(.answered) > .line { max-inline-size: 640px; }
  .answered .choose:not([hidden]) { display: grid; }
  .root-inner:not(.answered) .bar { min-block-size: 64px; border-radius: 32px; padding: 7px; }
  .samples ul { gap: 16px; }
}
@media (hover: hover) {
  @container twinlens (min-width: 608px) {
    .root-inner:not(.answered) > .line { justify-content: space-between; }
    .root-inner:not(.answered) .hint { display: flex; }
  }
}

@media (prefers-reduced-motion: no-preference) {
  .chevron { transition: transform 150ms; }
  .tool, .lens, .sample { transition: background-color 150ms, border-color 150ms, color 150ms; }
  .busy :is(.photo::after, .spot::before) { animation: turn 1s linear infinite; }
}
@keyframes turn { to { transform: rotate(1turn); } }
@media (forced-colors: active) {
  .lens, .sample { border: 1px solid ButtonText; }
}
`;
