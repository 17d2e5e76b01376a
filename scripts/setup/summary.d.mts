export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}
export interface JsonReport {
  testResults: { status: string; assertionResults: { status: string }[] }[];
}
export declare function countResults(report: JsonReport | undefined, failedChecks?: readonly string[]): Counts;
export declare function formatSummary(counts: Counts): string;
