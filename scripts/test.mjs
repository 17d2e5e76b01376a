#!/usr/bin/env node
// npm test [-- arguments of vitest], npm run test:long: sets everything up, checks the source, runs the tests.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBundle } from './setup/bundle.mjs';
import { runVisibly } from './setup/children.mjs';
import { ensureNewerNode } from './setup/newer-node.mjs';
import { ensureNodePackages } from './setup/node-packages.mjs';
import { chooseManager, engineNeeds, testNeeds } from './setup/package-manager.mjs';
import { root } from './setup/places.mjs';
import { ensurePowerShell } from './setup/powershell-engine.mjs';
import { runScript, say, tellFailure } from './setup/say.mjs';
import { countResults, formatSummary } from './setup/summary.mjs';
import { ensureSystemPackages, thisSystem } from './setup/system-packages.mjs';

/** What is left out: of a usual run the long tests, and of a long run all others. */
const leftOut = { usual: 'test/**/*.long.test.ts', long: 'test/**/!(*.long).test.ts' };

/** Checks of the source itself. */
const checks = [
  ['generated files', ['node_modules/tsx/dist/cli.mjs', 'scripts/generate.ts', '--check']],
  ['types', ['node_modules/typescript/bin/tsc', '--noEmit']],
  ['lint and format', ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.']],
];

/** Where PowerShell is, or why there is none: its tests are skipped then. */
let powerShell = {};

await runScript(async () => {
  const args = process.argv.slice(2).filter(argument => argument !== '--long');
  const long = args.length < process.argv.length - 2;
  const failures = [];
  const node = await attempt('set-up', failures, prepare);
  if (node === undefined) return tellResults(0, { testResults: [] }, undefined, failures);
  await attempt('the build', failures, () => ensureBundle(node));
  for (const [name, check] of checks) {
    say(`Checking ${name} …`);
    if ((await runVisibly(node, check, { cwd: root })) !== 0) failures.push(`the check of ${name} failed`);
  }
  return runTests(node, long, args, failures);
});

/** Runs a step; when it fails, says so, notes it and gives undefined, so that the rest can still be told. */
async function attempt(name, failures, step) {
  try {
    return await step();
  } catch (error) {
    tellFailure(error);
    failures.push(`${name} failed`);
    return undefined;
  }
}

/** Installs what the tests need; gives the Node that runs them. */
async function prepare() {
  await ensureNodePackages();
  const node = await ensureNewerNode();
  await ensureSystemPackages('QEMU', engineNeeds);
  // Elsewhere the images can not be built, and the tests that need them are skipped.
  if (chooseManager(thisSystem) === 'apt') await ensureSystemPackages('Tools for the test images', testNeeds);
  powerShell = await ensurePowerShell();
  return node;
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

async function runTests(node, long, args, failures) {
  const folder = mkdtempSync(join(tmpdir(), 'vmbridge-test-report-'));
  try {
    const report = join(folder, 'report.json');
    const skips = join(folder, 'skips.json');
    const selection = ['--exclude', long ? leftOut.long : leftOut.usual];
    const reporters = ['default', 'json', join(root, 'scripts/setup/skip-reporter.mjs')].map(
      name => `--reporter=${name}`,
    );
    const vitest = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...reporters, `--outputFile.json=${report}`];
    const env = { ...process.env, VMBRIDGE_SKIP_REPORT: skips };
    if (powerShell.program !== undefined) env.VMBRIDGE_PWSH = powerShell.program;
    if (powerShell.reason !== undefined) env.VMBRIDGE_NO_PWSH = powerShell.reason;
    const status = await runVisibly(node, [...vitest, ...selection, ...args], { cwd: root, env });
    return tellResults(status, readReport(report), readReport(skips), failures);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tellResults(status, report, { skipped = [], unsteady = [] } = {}, failures) {
  const counts = countResults(report);
  const problems = [...failures];
  if (report === undefined) problems.push('vitest left no report');
  else if (status !== 0 && counts.failed === 0) problems.push('vitest failed outside of any test');
  else if (counts.passed + counts.failed + failures.length === 0) problems.push('no test ran');
  for (const { file, name, reason } of skipped) say(`skipped: ${file} > ${name}: ${reason}`);
  for (const { file, name, reason } of unsteady) say(`passed at the second try: ${file} > ${name}: ${reason}`);
  for (const problem of problems) say(`failed: ${problem}`);
  const total = countResults(report, problems);
  say(formatSummary(total));
  return total.failed > 0 ? 1 : 0;
}
