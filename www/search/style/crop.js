// Styles of choosing a part of the photo.

export const crop = `
.crop { display: grid; gap: 16px; margin-block: 4px 24px; }
.crop-say h2 { font-size: var(--t22); line-height: var(--l22); }
.crop-say p { margin-block-start: 4px; color: var(--quiet); text-wrap: pretty; }
.stage { display: grid; place-items: center; overflow: hidden; padding: 20px; border-radius: var(--r); background: var(--sunken); }
.stage-photo { position: relative; touch-action: none; }
.stage-photo canvas { inline-size: auto; block-size: auto; max-inline-size: 100%; max-block-size: min(46dvh, 560px); }
.region { position: absolute; inset: var(--top) var(--right) var(--bottom) var(--left); border: 2px solid #fff; border-radius: 4px; box-shadow: 0 0 0 2000px rgb(8 10 12 / 0.56); cursor: move; touch-action: none; }
.region::before { content: ""; position: absolute; inset: 0; opacity: 0; background:
  linear-gradient(90deg, transparent calc(100% / 3 - 1px), rgb(255 255 255 / 0.55) 0, rgb(255 255 255 / 0.55) calc(100% / 3), transparent 0, transparent calc(200% / 3), rgb(255 255 255 / 0.55) 0, rgb(255 255 255 / 0.55) calc(200% / 3 + 1px), transparent 0),
  linear-gradient(transparent calc(100% / 3 - 1px), rgb(255 255 255 / 0.55) 0, rgb(255 255 255 / 0.55) calc(100% / 3), transparent 0, transparent calc(200% / 3), rgb(255 255 255 / 0.55) 0, rgb(255 255 255 / 0.55) calc(200% / 3 + 1px), transparent 0); }
.region[data-dragging]::before { opacity: 1; }
.region:focus-visible { outline: 3px solid var(--accent); outline-offset: -5px; }
.corner { position: absolute; inline-size: 48px; block-size: 48px; touch-action: none; }
.corner::before { content: ""; position: absolute; inline-size: 24px; block-size: 24px; border: 0 solid #fff; filter: drop-shadow(0 0 1px rgb(0 0 0 / 0.7)); }
/* Physical sides here: a photo is not mirrored in a right-to-left page. */
.corner.a { top: -25px; left: -25px; cursor: nwse-resize; }
.corner.b { top: -25px; right: -25px; cursor: nesw-resize; }
.corner.c { bottom: -25px; left: -25px; cursor: nesw-resize; }
.corner.d { bottom: -25px; right: -25px; cursor: nwse-resize; }
.corner.a::before { top: 21px; left: 21px; border-width: 5px 0 0 5px; border-top-left-radius: 6px; }
.corner.b::before { top: 21px; right: 21px; border-width: 5px 5px 0 0; border-top-right-radius: 6px; }
.corner.c::before { bottom: 21px; left: 21px; border-width: 0 0 5px 5px; border-bottom-left-radius: 6px; }
.corner.d::before { bottom: 21px; right: 21px; border-width: 0 5px 5px 0; border-bottom-right-radius: 6px; }
.corner[data-held]::after { content: ""; position: absolute; inset: 2px; border: 2px solid #fff; border-radius: 50%; background: rgb(255 255 255 / 0.4); }
.crop-do { display: flex; flex-wrap: wrap; gap: 8px; }
.crop-do > * { flex: 1 1 auto; white-space: nowrap; }
.crop-do .primary { flex-basis: 100%; }
.keys { display: none; }
kbd { padding: 1px 6px; border: 1px solid var(--line); border-block-end-width: 2px; border-radius: 4px; background: var(--surface); font: inherit; }
@container twinlens (min-width: 608px) {
  .crop { grid-template-columns: 3fr 2fr; grid-template-rows: auto 1fr; column-gap: 32px; margin-block-start: 12px; }
  .stage { grid-row: 1 / 3; }
  .stage-photo canvas { max-block-size: min(60dvh, 560px); }
  .crop-do { align-content: start; }
}
@media (hover: hover) {
  @container twinlens (min-width: 608px) { .crop-say .keys { display: grid; gap: 8px; margin-block: 16px 8px; } }
}
@media (forced-colors: active) {
  .region { border-color: Highlight; }
  .corner::before { border-color: Highlight; }
}
`;
