// Styles of what stands after the first use.

export const rest = `
.root :is(dl, dd, figure) { margin: 0; }
select { font: inherit; color: inherit; }
.primary, .secondary, .plain {
  display: inline-flex; align-items: center; justify-content: center; gap: 8px; min-block-size: 48px; padding: 8px 20px;
  border: 1px solid transparent; border-radius: var(--r); font-weight: 600; text-align: center; text-decoration: none; cursor: pointer;
}
.primary { background: var(--accent); color: var(--on-accent); font-size: var(--t17); line-height: var(--l17); }
.secondary { border-color: var(--edge); background: var(--surface); color: var(--text); }
.plain { min-block-size: 44px; padding-inline: 12px; color: var(--accent); }

.notice { margin-block: 4px 12px; padding: 12px 16px; border-radius: var(--r); background: var(--accent-soft); }
.num { font-variant-numeric: tabular-nums; }

.panel { margin-block: 4px 12px; border: 1px solid var(--line); border-radius: var(--r); background: var(--surface); color: var(--text); }
.panel:empty { display: none; }
.panel-say { display: grid; align-content: start; gap: 4px; padding: 16px; }
.panel-say h2 { font-size: var(--t17); line-height: var(--l17); }
.panel-say p { color: var(--quiet); }
.panel-say .since { display: flex; align-items: baseline; gap: 8px; margin-block-start: 8px; color: var(--match); font-weight: 600; }
.panel-say .since.some { color: var(--unsure); }
.since b { font-size: var(--t28); line-height: var(--l28); font-weight: 650; }
.sent { inline-size: 100%; border-collapse: collapse; font: inherit; color: inherit; }
.sent caption { padding-block-end: 4px; text-align: start; font-weight: 600; }
.sent :is(th, td) { padding: 8px 0; border-block-start: 1px solid var(--line); font-weight: 400; text-align: start; vertical-align: top; }
.sent thead :is(th, td) { border: 0; color: var(--quiet); }
.sent :is(th, td):not(:first-child) { text-align: end; white-space: nowrap; padding-inline-start: 16px; font-variant-numeric: tabular-nums; }
.sent tfoot :is(th, td) { font-weight: 600; }
.sent .note { color: var(--quiet); }
.panel-list { padding: 0 16px 8px; }
.switch { display: grid; grid-template-columns: 1fr auto; align-items: center; gap: 4px 16px; padding: 12px 16px; border-block-start: 1px solid var(--line); cursor: pointer; }
.switch b { font-weight: 600; }
.switch span { color: var(--quiet); }
.switch input { appearance: none; grid-area: 1 / 2 / 3 / 3; inline-size: 52px; block-size: 32px; margin: 0; padding: 3px; border: 1px solid var(--edge); border-radius: 16px; background: var(--sunken); cursor: pointer; }
.switch input::before { content: ""; display: block; inline-size: 24px; block-size: 24px; border-radius: 50%; background: var(--edge); }
.switch input:checked { border-color: var(--accent); background: var(--accent); }
.switch input:checked::before { margin-inline-start: 20px; background: var(--on-accent); }

.filters[open] { order: 2; }
.filters[open] > summary { display: flex; inline-size: fit-content; margin-inline-start: auto; }
.filter-form { display: grid; gap: 16px; padding: 16px; }
.field { display: grid; gap: 4px; align-content: start; }
.field > label, .field > span { font-weight: 600; }
.field :is(select, .amount) { inline-size: 100%; min-block-size: 48px; padding: 8px 12px; border: 1px solid var(--edge); border-radius: 8px; background: var(--surface); color: var(--text); }
.range { display: grid; grid-template-columns: 1fr auto 1fr; align-items: center; gap: 8px; }
.check { display: flex; align-items: center; gap: 12px; min-block-size: 44px; cursor: pointer; }
.check input { inline-size: 22px; block-size: 22px; margin: 0; accent-color: var(--accent); }
.filter-do { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }

.ready { display: grid; grid-template-columns: 1fr auto; align-items: center; column-gap: 4px; margin-block-end: 16px; padding-block: 4px; padding-inline: 16px 4px; border: 1px solid var(--line); border-radius: var(--r); background: var(--surface); min-block-size: 54px; }
.ready p { display: flex; align-items: center; min-block-size: 44px; font-variant-numeric: tabular-nums; }
.ready progress { grid-column: 1 / -1; }
progress { appearance: none; display: block; inline-size: calc(100% - 12px); block-size: 4px; margin-block-end: 8px; border: 0; border-radius: 2px; overflow: hidden; background: var(--line); color: var(--accent); }
progress::-webkit-progress-bar { background: var(--line); }
progress::-webkit-progress-value { background: var(--accent); border-radius: 2px; }
progress::-moz-progress-bar { background: var(--accent); border-radius: 2px; }

.answer { margin-block-start: 4px; }
.verdict { display: flex; align-items: start; gap: 12px; font-size: var(--t28); line-height: var(--l28); letter-spacing: -0.018em; text-wrap: pretty; }
.verdict .mark { flex: none; inline-size: 1.5714em; block-size: 1em; margin-block-start: 0.14em; fill: none; stroke: currentColor; stroke-width: 2.5; }
.verdict[data-shape="match"] .mark { inline-size: 1em; color: var(--match); }
.verdict:is([data-shape="could-be"], [data-shape="conflict"]) .mark { color: var(--unsure); }
.verdict:is([data-shape="not-here"], [data-shape="nothing"]) .mark { color: var(--away); }
.verdict[data-shape="failed"] .mark { inline-size: 1em; color: var(--error); }
.lead { margin-block-start: 4px; font-size: var(--t17); line-height: var(--l17); color: var(--quiet); text-wrap: pretty; font-variant-numeric: tabular-nums; }
.lead .plain { min-block-size: 0; padding: 0 4px; border-radius: 4px; font-size: inherit; text-decoration: underline; text-underline-offset: 4px; position: relative; }
.lead .plain::after { content: ""; position: absolute; inset: -12px -4px; }
.body { margin-block-start: 12px; }
.picture > canvas { inline-size: 100%; block-size: 100%; object-fit: contain; }
.picture > .none { color: var(--edge); inline-size: 32px; block-size: 32px; }
:is(.candidate, .card, .side) .picture { position: relative; }
:is(.candidate, .card, .side) .picture > canvas { position: absolute; inset: 0; }

.hero { overflow: hidden; border: 1px solid var(--line); border-radius: var(--r); background: var(--surface); box-shadow: var(--lift); }
.hero > .picture { min-block-size: min(240px, 28dvh); }
.hero > .picture > canvas { inline-size: auto; max-inline-size: 100%; block-size: auto; max-block-size: min(360px, 36dvh); }
.facts { display: grid; padding: 16px; align-content: center; }
.facts .title { font-size: var(--t22); line-height: var(--l22); }
.offer { display: flex; flex-wrap: wrap; align-items: baseline; column-gap: 12px; margin-block-start: 4px; }
.facts .price { font-size: var(--t22); line-height: var(--l22); font-variant-numeric: tabular-nums; }
.stock, .offers { color: var(--quiet); }
.facts .primary, .facts .secondary { margin-block-start: 16px; }
.facts .title, .candidate .title, .card .title { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; line-clamp: 2; overflow: hidden; }
.facts .title { -webkit-line-clamp: 3; line-clamp: 3; }
.notes { display: grid; gap: 4px; margin-block-start: 12px; color: var(--quiet); }

.why { border-block-start: 1px solid var(--line); }
.why > summary { display: flex; align-items: center; justify-content: space-between; gap: 16px; min-block-size: 56px; padding: 8px 16px; color: var(--quiet); text-wrap: pretty; border-radius: 0 0 var(--r) var(--r); }
.why > summary b { display: inline-flex; align-items: center; gap: 4px; flex: none; font-weight: 600; color: var(--accent); }
.why > summary:focus-visible, .details > summary:focus-visible { outline-offset: -3px; }
.why-body { display: grid; gap: 20px; padding: 4px 16px 16px; }
.pair { display: flex; align-items: start; gap: 12px; }
.pair figure { flex: var(--shape) 1 0; min-inline-size: 0; }
.pair .picture { border-radius: 8px; }
.pair .picture > canvas { block-size: auto; }
.pair figcaption { margin-block-start: 8px; color: var(--quiet); }
.lanes { display: grid; }
.lane { display: grid; grid-template-columns: 1fr 128px; column-gap: 16px; align-items: center; padding-block: 12px; border-block-start: 1px solid var(--line); }
.lane:first-child { border: 0; padding-block: 0 4px; color: var(--quiet); }
.lane b { font-weight: 600; }
.lane p { color: var(--quiet); }
.scale { grid-column: -2 / -1; display: grid; grid-template-columns: 1fr 1fr; }
.scale span:first-child { text-align: end; padding-inline-end: 8px; }
.scale span:last-child { text-align: start; padding-inline-start: 8px; }
.bar-lane { grid-row: span 2; display: grid; grid-template-columns: 1fr 1fr; position: relative; block-size: 8px; border-radius: 4px; background: var(--sunken); }
.bar-lane::after { content: ""; position: absolute; inset-block: -4px; inset-inline-start: calc(50% - 0.5px); inline-size: 1px; background: var(--edge); }
.bar-lane i { block-size: 8px; inline-size: calc(var(--step) * 20%); }
.bar-lane .for { grid-column: 2; border-start-end-radius: 4px; border-end-end-radius: 4px; background: var(--match); }
.bar-lane .against { grid-column: 1; justify-self: end; border-start-start-radius: 4px; border-end-start-radius: 4px; background: var(--unsure); }
.rest { padding-block-start: 12px; border-block-start: 1px solid var(--line); color: var(--quiet); }
.why.alone { margin-block-start: 12px; border: 1px solid var(--line); border-radius: var(--r); background: var(--surface); }
.details { border-block-start: 1px solid var(--line); }
.details > summary { display: flex; align-items: center; justify-content: space-between; min-block-size: 48px; padding-inline: 16px; font-weight: 600; color: var(--quiet); border-radius: 0 0 var(--r) var(--r); }
.details dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr)); column-gap: 40px; padding: 0 16px 12px; }
.details dl > div { display: flex; justify-content: space-between; gap: 16px; padding-block: 8px; border-block-start: 1px solid var(--line); }
.details dt { color: var(--quiet); }
.details dd { text-align: end; font-variant-numeric: tabular-nums; }

.engineer { padding: 0 16px 16px; color: var(--quiet); font-family: ui-monospace, Consolas, monospace; user-select: text; }

.candidates { display: grid; gap: 8px; }
.candidate { position: relative; display: grid; grid-template-columns: 112px 1fr auto; align-items: center; inline-size: 100%; overflow: hidden; border: 1px solid var(--line); border-radius: var(--r); background: var(--surface); color: inherit; text-decoration: none; text-align: start; }
.candidate .picture { block-size: 100%; min-block-size: 112px; }
.candidate-text { display: grid; gap: 4px; padding: 12px 16px; min-inline-size: 0; }
.differs { font-size: var(--t22); line-height: var(--l22); font-weight: 650; letter-spacing: -0.011em; }
.candidate .title { font-size: var(--t15); line-height: var(--l15); font-weight: 400; letter-spacing: 0; color: var(--quiet); }
.candidate .title.alone { font-size: var(--t17); line-height: var(--l17); font-weight: 650; color: var(--text); }
.candidate .price { font-size: var(--t17); line-height: var(--l17); font-variant-numeric: tabular-nums; }
.candidate .go { margin-inline-end: 12px; color: var(--quiet); }
.candidate .see { display: none; }
.candidates.many .candidate { grid-template-columns: 96px 1fr auto; }
.candidates.many .candidate .picture { min-block-size: 96px; }
.candidates.many .candidate-text { padding-block: 8px; }
.root:dir(rtl) :is(.go, .back .icon) { transform: scaleX(-1); }
.question { display: grid; gap: 12px; margin-block-start: 12px; padding: 16px; border-radius: var(--r); background: var(--accent-soft); }
.question p { text-wrap: balance; }
.question b { display: block; font-size: var(--t17); line-height: var(--l17); font-weight: 650; }
.question-do { display: flex; flex-wrap: wrap; gap: 8px; }
.question-do .secondary { flex: 1 1 auto; padding-inline: 8px; white-space: nowrap; }

.next { display: flex; flex-wrap: wrap; gap: 8px; margin-block-start: 16px; }
.next .secondary { padding-inline: 12px; flex: 1; white-space: nowrap; }

.row { margin-block-start: 32px; }
.row > h3 { font-size: var(--t17); line-height: var(--l17); }
.row > ul, .grid { display: grid; gap: 12px; margin-block-start: 12px; }
.swipe { position: relative; }
.swipe > ul { grid-auto-flow: column; grid-auto-columns: minmax(148px, 1fr); margin: 4px calc(var(--gutter) * -1) 0; padding: 8px var(--gutter); overflow-x: auto; scroll-snap-type: x proximity; scroll-padding-inline: var(--gutter); scrollbar-width: none; overscroll-behavior-x: contain; }
.closest > ul, .grid { grid-template-columns: repeat(auto-fill, minmax(min(100%, 148px), 1fr)); }
.card { display: flex; flex-direction: column; overflow: hidden; border: 1px solid var(--line); border-radius: var(--r); background: var(--surface); scroll-snap-align: start; }
.card > .open { display: flex; flex-direction: column; flex: 1; color: inherit; text-decoration: none; text-align: start; border-radius: var(--r) var(--r) 0 0; }
.card .picture { aspect-ratio: 1; }
.card-text { display: grid; align-content: start; gap: 4px; flex: 1; padding: 12px 12px 8px; }
.card .title { font-size: var(--t15); line-height: var(--l15); font-weight: 600; letter-spacing: 0; }
.card .price { font-variant-numeric: tabular-nums; }
.swipe .card .title { min-block-size: 2lh; }
.apart { color: var(--quiet); }
.card > .open:focus-visible { outline: none; }
.card:has(> .open:focus-visible) { outline: 3px solid var(--accent); outline-offset: 2px; }
.more:focus-visible { outline-offset: -3px; }
.more { display: flex; align-items: center; inline-size: 100%; min-block-size: 44px; padding-inline: 12px; border-block-start: 1px solid var(--line); font-weight: 600; color: var(--accent); border-radius: 0 0 var(--r) var(--r); }
.chips { display: flex; flex-wrap: wrap; gap: 8px; margin-block-start: 12px; }
.chip { display: inline-flex; align-items: center; gap: 8px; min-block-size: 44px; padding: 8px 16px; border: 1px solid var(--edge); border-radius: 24px; background: var(--surface); }
.chip span { color: var(--quiet); font-variant-numeric: tabular-nums; }
.browse { text-align: center; }
.browse h3 { font-size: var(--t15); line-height: var(--l15); letter-spacing: 0; }
.browse .chips { justify-content: center; }
.back { margin-inline-start: -12px; }

.sides { display: grid; grid-template-columns: 1fr 1fr; column-gap: 12px; grid-template-rows: auto auto 1fr auto; }
.side { display: grid; grid-template-rows: subgrid; grid-row: span 4; row-gap: 0; overflow: hidden; border: 1px solid var(--line); border-radius: var(--r); background: var(--surface); }
.says { display: flex; align-items: center; gap: 8px; min-block-size: 48px; padding: 8px 12px; color: var(--quiet); }
.says .icon { color: var(--text); }
.side .picture { aspect-ratio: 1; }
.side-text { display: grid; grid-template-rows: 1fr auto; gap: 4px; padding: 12px 12px 0; }
.side .title { font-size: var(--t17); line-height: var(--l17); }
.side .price { color: var(--quiet); }
.side .secondary { margin: 12px; padding-inline: 4px; }

.wait { border: 1px solid var(--line); border-radius: var(--r); background: var(--surface); overflow: hidden; }
span.bone { display: block; }
.bone { background: var(--sunken); border-radius: 8px; }
.wait > .bone { block-size: min(240px, 28dvh); border-radius: 0; }
.wait .text { display: grid; gap: 12px; padding: 20px 16px; }
.wait .text .bone { block-size: 24px; inline-size: 60%; }
.wait .text .bone + .bone { inline-size: 25%; }
.verdict.bone { block-size: 36px; inline-size: min(280px, 70%); }

@media (hover: hover) {
  .primary:hover { background: color-mix(in srgb, var(--accent) 88%, var(--text)); }
  .secondary:hover { border-color: var(--text); }
  .plain:hover, .more:hover { text-decoration: underline; text-underline-offset: 4px; }
  :is(.candidate, .card, .chip):hover { border-color: var(--edge); }
  .chip:hover { border-color: var(--text); }
  .swipe > ul { scrollbar-width: thin; scrollbar-color: var(--edge) transparent; }
}

@container twinlens (min-width: 608px) {
  .answer { margin-block-start: 12px; }
  .body { margin-block-start: 16px; }
  .hero { display: grid; grid-template-columns: fit-content(60%) 1fr; }
  .hero > .picture { min-inline-size: 320px; min-block-size: 320px; }
  .hero > .picture > canvas { max-block-size: min(480px, 52dvh); }
  .facts { padding: 32px; }
  .facts :is(.primary, .secondary) { justify-self: start; inline-size: 100%; max-inline-size: 320px; margin-block-start: 24px; }
  .why { grid-column: 1 / -1; }
  .why > summary { padding-inline: 24px; }
  .why-body { grid-template-columns: 2fr 3fr; gap: 40px; padding: 8px 24px 24px; }
  .why-body.plain-words, .why.alone .why-body { grid-template-columns: 1fr; }
  .lane { grid-template-columns: 96px 1fr 160px; }
  .lane .bar-lane { grid-row: auto; order: 3; }
  .details > summary, .details dl { padding-inline: 24px; }
  .candidates { grid-auto-flow: column; grid-auto-columns: minmax(0, 1fr); gap: 16px; }
  .candidates > li { display: grid; }
  .candidate, .candidates.many .candidate { grid-template-columns: 200px 1fr; min-block-size: 200px; }
  .candidate .go { display: none; }
  .candidate .see { display: block; margin-block-start: 8px; font-weight: 600; color: var(--accent); }
  .candidate-text, .candidates.many .candidate-text { padding: 20px; }
  .candidates:has(> :nth-child(3)) .candidate { grid-template-columns: 1fr; align-content: start; block-size: 100%; }
  .candidates:has(> :nth-child(3)) .picture { aspect-ratio: 1; }
  .question { grid-template-columns: 1fr auto; align-items: center; margin-block-start: 16px; padding: 16px 20px; }
  .question-do .secondary { flex: none; padding-inline: 20px; }
  .choice:has(.candidates > :nth-child(3):last-child):has(> .question) { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); column-gap: 16px; }
  .choice:has(.candidates > :nth-child(3):last-child):has(> .question) > .candidates { grid-column: span 3; }
  .choice:has(.candidates > :nth-child(3):last-child) > .question { grid-template-columns: 1fr; align-content: center; gap: 20px; margin: 0; padding: 20px; }
  .choice:has(.candidates > :nth-child(3):last-child) .question-do { display: grid; grid-template-columns: 1fr; }
  .choice:has(.candidates > :nth-child(3):last-child) .question-do .secondary { padding-inline: 8px; }
  .choice > :is(.why, .notes) { grid-column: 1 / -1; margin-block-start: 16px; }
  .closest > ul, .grid { grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 16px; }
  .swipe > ul { grid-auto-columns: minmax(160px, 1fr); }
  .privacy .panel { display: grid; grid-template-columns: 2fr 3fr; }
  .panel-say { padding: 24px; }
  .panel-list { padding: 24px 24px 16px 0; }
  .switch { grid-column: 1 / -1; padding-inline: 24px; }
  .filter-form { grid-template-columns: 1fr 1fr auto; align-items: end; gap: 16px 24px; padding: 24px; }
  .filter-do { grid-column: 1 / -1; }
  .line:not(:has(.privacy[open])) > .filters[open] { margin-block-start: -44px; pointer-events: none; }
  .filters[open] > * { pointer-events: auto; }
  .sides { column-gap: 16px; grid-template-rows: auto; }
  .side { grid-row: auto; grid-template: auto 1fr auto / minmax(0, 240px) 1fr; min-block-size: 242px; }
  .side .picture { grid-row: 1 / -1; grid-column: 1; aspect-ratio: auto; }
  .says { padding: 20px 20px 0; min-block-size: 0; }
  .side-text { grid-template-rows: auto auto; align-content: start; padding: 12px 20px 0; }
  .side .secondary { margin: 20px; }
  .next .secondary { flex: none; padding-inline: 20px; }
  .wait { display: grid; grid-template-columns: 2fr 3fr; min-block-size: 320px; }
  .wait > .bone { block-size: 100%; }
  .wait .text { align-content: center; padding: 32px; }
}

@media (prefers-reduced-motion: no-preference) {
  .primary, .secondary, .candidate, .card, .chip { transition: background-color 150ms, border-color 150ms, color 150ms; }
  .bone { animation: breathe 1.2s ease-in-out infinite alternate; }
}
@keyframes breathe { to { opacity: 0.55; } }

@media (forced-colors: active) {
  .question, .notice, .primary, .plain, .more { border: 1px solid ButtonText; }
  .bar-lane { outline: 1px solid CanvasText; }
  .bar-lane .for { background: Highlight; forced-color-adjust: none; }
  .bar-lane .against { background: CanvasText; forced-color-adjust: none; }
  .switch input:checked { background: Highlight; }
  .switch input::before { background: ButtonText; }
  progress::-webkit-progress-value { background: Highlight; }
  progress::-moz-progress-bar { background: Highlight; }
}
`;
