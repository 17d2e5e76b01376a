import { writeFileSync } from 'node:fs';

/** Writes why tests were skipped, which vitest's JSON report leaves out. */
export default class SkipReporter {
  onTestRunEnd(testModules) {
    const file = process.env.VMBRIDGE_SKIP_REPORT;
    if (!file) return;
    const skipped = [];
    for (const testModule of testModules) {
      for (const test of testModule.children.allTests()) {
        const result = test.result();
        if (result.state === 'skipped') {
          skipped.push({
            file: testModule.relativeModuleId,
            name: test.fullName,
            reason: result.note ?? 'no reason given',
          });
        }
      }
    }
    writeFileSync(file, JSON.stringify(skipped));
  }
}
