/** How the report looks: on a screen by day and by night, and on paper. */
export const reportStyle = `
:root { color-scheme: light dark; --line: #8886; --soft: #8882; --good: #1a7f37; --bad: #c62828; }
@media (prefers-color-scheme: dark) { :root { --good: #4ac26b; --bad: #ff7b72; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 72rem; font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; }
h1 b { padding: .1em .5em; border-radius: .3em; color: #fff; }
h1 b.passed { background: #1a7f37; }
h1 b.failed { background: #c62828; }
h2 { font-size: 1.1rem; margin: 1.8rem 0 .5rem; border-bottom: 1px solid var(--line); }
p.reason { font-size: 1.1rem; margin: .3rem 0 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0; }
dl + dl { margin-top: .8rem; }
dt { opacity: .75; }
dd { margin: 0; }
dd, td, li, p, h1 { overflow-wrap: anywhere; unicode-bidi: isolate; }
table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: .2rem 1.2rem .2rem 0; border-bottom: 1px solid var(--soft); }
th { white-space: nowrap; }
.wide { overflow-x: auto; }
pre { margin: 0 0 .5rem; padding: .6rem; background: var(--soft); font: 12px/1.35 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; }
img { max-width: 100%; height: auto; background: #202020; }
.frames { display: grid; grid-template-columns: repeat(auto-fill, minmax(180px, 1fr)); gap: .6rem; }
figure { margin: 0; }
figcaption { font-size: 12px; overflow-wrap: anywhere; }
.good { color: var(--good); }
.bad { color: var(--bad); font-weight: 600; }
td .good, td .bad { white-space: nowrap; }
@media print {
  @page { margin: 14mm; }
  :root { color-scheme: light; --good: #1a7f37; --bad: #c62828; }
  body { max-width: none; padding: 0; font-size: 10.5pt; color: #000; background: #fff; }
  h1 b, img { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  h2 { break-after: avoid; }
  tr, figure, dt, dd { break-inside: avoid; }
  .wide { overflow: visible; }
  .frames { grid-template-columns: repeat(4, 1fr); }
  pre { font-size: 8pt; border: 1px solid #999; background: none; }
}
`;
