import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { proveImage } from '../../src/proof/prove-image.ts';
import { listConsoleLines } from '../../src/proof/screen/console-lines.ts';
import { listSerialLines } from '../../src/proof/screen/serial-lines.ts';
import { gptUefiGrub } from '../support/images/index.ts';
import { missingImageTools } from '../support/missing-image-tools.ts';

it("reads a kernel's console on an EFI frame buffer like its serial line", { timeout: 180_000 }, async ({ skip }) => {
  const missing = missingImageTools();
  if (missing !== undefined) skip(missing);
  const image = await gptUefiGrub({ console: 'both' });
  const home = await mkdtemp(path.join(tmpdir(), 'vmb-console-'));
  try {
    const proof = await proveImage(
      {
        image,
        firmware: 'auto',
        machine: 'auto',
        bus: 'ahci',
        accelerator: 'tcg',
        network: 'none',
        limitSeconds: 120,
        sha256: false,
      },
      {
        engine: {},
        cacheFolder: path.join(home, 'cache'),
        runRoot: path.join(home, 'run'),
        evidenceRoot: path.join(home, 'evidence'),
        stateFolder: home,
        version: 'test',
        signal: new AbortController().signal,
        progress: () => {},
      },
    );
    expect(proof.verdict.state).toBe('login');
    expect(proof.screenMethod).toBe('glyph');
    const serial = listSerialLines(readFileSync(path.join(proof.evidenceFolder ?? '', 'serial.log'), 'utf8'));
    const said = new Set(serial.map(line => line.replaceAll(/\s+/g, ' ')));
    const kernel = listConsoleLines(proof.screenText, 160).filter(line => /^\[ *\d+\.\d+\]/.test(line));
    const wrong = kernel.filter(line => !said.has(line.replaceAll(/\s+/g, ' ')));
    expect(kernel.length).toBeGreaterThan(20);
    expect(wrong.length / kernel.length, wrong.join('\n')).toBeLessThan(0.05);
    expect(proof.screenText.join('')).not.toContain('\ufffd');
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});
