import { writeFileSync } from 'node:fs';

/** Writes why tests were skipped and which passed at their second try only, which vitest's JSON report leaves out. */
export default class SkipReporter {
  onTestRunEnd(testModules) {
    const file = process.env.VMBRIDGE_SKIP_REPORT;
    if (!file) return;
    const skipped = [];
    for (const testModule of testModules) {
      for (const test of testModule.children.allTests()) {
        const result = test.result();
        if (result.state === 'skipped')
          skipped.push({ file: testModule.relativeModuleId, ...describeSkip(test, result.note) });
      }
    }
    writeFileSync(file, JSON.stringify({ skipped: join(skipped), unsteady: findUnsteady(testModules) }));
  }
}

function findUnsteady(testModules) {
  return testModules.flatMap(testModule =>
    [...testModule.children.allTests()]
      .filter(test => test.diagnostic()?.flaky)
      .map(test => ({ file: testModule.relativeModuleId, name: test.fullName, reason: firstErrorOf(test) })),
  );
}

function firstErrorOf(test) {
  const [error] = test.result().errors ?? [];
  return String(error?.message ?? 'no reason given').split('\n', 1)[0];
}

/** A test that is skipped with its whole group has the reason where the group's title has it: "plans (QEMU is missing)". */
function describeSkip(test, note) {
  const group = test.parent.type === 'suite' ? test.parent.fullName : undefined;
  const [, said] = /\(([^()]+)\)$/.exec(group ?? '') ?? [];
  if (note !== undefined || said === undefined) return { name: test.fullName, reason: note ?? 'no reason given' };
  return { name: group, reason: said };
}

/** One line for a group. */
function join(skipped) {
  const groups = Map.groupBy(skipped, ({ file, name, reason }) => JSON.stringify([file, name, reason]));
  return [...groups.values()].map(([first, ...others]) =>
    others.length === 0 ? first : { ...first, name: `${first.name} [${others.length + 1} tests]` },
  );
}
