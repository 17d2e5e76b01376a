import path from 'node:path';
import { encodePng } from '../../../host/png/encode-png.ts';
import { explainFailure } from '../../../model/explain-failure.ts';
import type { Frame } from '../film-strip.ts';
import type { ProofRecord } from '../proof-record.ts';
import { html, Markup } from './html.ts';
import { facts, image, list, listing, section } from './parts.ts';
import { describeFiles, describeRuns, listAttempts, listChecks, listSignals, listTimeline } from './proof-tables.ts';
import { reportStyle } from './report-style.ts';

export interface ReportPictures {
  /** Small copies, in the order of `screenshots`. */
  readonly frames: readonly Frame[];
  /** The last screen, as PNG. */
  readonly last?: Uint8Array | undefined;
}

/** Nothing but its own style and pictures that are in it; no script whatever. */
const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/** The proof as one page of HTML that needs nothing else. Every text in it may be hostile and is escaped. */
export function renderReport(proof: ProofRecord, pictures: ReportPictures, serialEnd: string): string {
  const name = path.win32.basename(proof.image.before.path);
  const word = proof.passed ? 'passed' : 'failed';
  const failure = explainFailure(proof);
  // Not through the template: it is no foreign text, and a style is not unescaped by browsers.
  const style = new Markup(`<style>${reportStyle}</style>`);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(policy)}">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${word}: ${name}</title>
${style}
</head>
<body>
<header>
<h1><b class="${word}">${word.toUpperCase()}</b> ${name}</h1>
<p class="reason">${proof.verdict.reason}</p>
${failure === undefined ? undefined : html`<p class="bad">${failure}</p>`}
${describeVerdict(proof)}
</header>
<main>
${sections(proof, pictures, serialEnd)}
</main>
</body>
</html>
`;
  return page.source;
}

function describeVerdict(proof: ProofRecord): Markup {
  const { verdict } = proof;
  return facts([
    ['verdict', verdict.state],
    ['rule', `${verdict.rule} (${verdict.certainty})`],
    ['seen', verdict.source],
    ['line', verdict.line],
    ['stop code', verdict.stopCode],
    ['failed module', verdict.failedModule],
    ['restarts', verdict.restarts],
    ['counts as bootable', proof.passOn.join(', ')],
    ['booted with', `${proof.firmware}, ${proof.machine}, ${proof.bus}, ${proof.accelerator}`],
    ['proof', proof.id],
    ['began', proof.startedAt],
    ['ended', `${proof.endedAt} (${proof.durationSeconds.toFixed(1)} s; limit of an attempt: ${proof.limitSeconds} s)`],
    [
      'signed by',
      proof.signature === undefined ? 'nobody' : `${proof.signature.algorithm} key ${proof.signature.keyId}`,
    ],
  ]);
}

function sections(proof: ProofRecord, { frames, last }: ReportPictures, serialEnd: string): Markup[] {
  const { engine, host } = proof;
  return [
    section('Warnings', list(proof.warnings)),
    section('Image', ...describeFiles(proof)),
    section('Checks', listChecks(proof)),
    section('Attempts', listAttempts(proof)),
    section('Film strip', showFrames(proof, frames)),
    section(
      'Last screen',
      last === undefined ? undefined : html`<p>${image(last, 'The last screen')}</p>\n`,
      listing(proof.screenText.join('\n')),
      html`<p>Text was read by: ${proof.screenMethod}</p>\n`,
    ),
    section('Timeline', listTimeline(proof)),
    section('Signals', listSignals(proof)),
    section('End of the serial line', listing(serialEnd)),
    section(
      'Engine and host',
      facts([
        ['vmbridge', proof.vmbridge],
        ['QEMU', engine === undefined ? proof.qemuVersion : `${engine.version}, ${engine.system}`],
        ['host', host === undefined ? undefined : `${host.platform} ${host.release}, ${host.architecture}`],
        ['memory of the host', host === undefined ? undefined : `${Math.round(host.memoryBytes / 2 ** 20)} MiB`],
        ['rules', proof.rules],
        ['evidence', proof.evidenceFolder],
      ]),
      ...describeRuns(proof),
    ),
  ];
}

function showFrames({ screenshots }: ProofRecord, frames: readonly Frame[]): Markup | undefined {
  if (frames.length === 0) return undefined;
  const figures = frames.map(({ picture, at }, index) => {
    const shot = screenshots[index];
    const name = shot === undefined ? '' : path.basename(shot.path);
    const caption = `${at.toFixed(1)} s${shot === undefined ? '' : ` · ${shot.phase} · ${name}`}`;
    return html`<figure>${image(encodePng(picture), `Screen at ${at.toFixed(1)} s`)}<figcaption>${caption}</figcaption></figure>\n`;
  });
  return html`<div class="frames">${figures}</div>\n`;
}
