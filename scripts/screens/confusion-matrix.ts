/** What was concluded of screens of a known state: label, then conclusion, then how often. */
export type ConfusionMatrix = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface Conclusion {
  readonly label: string;
  /** A state, or `none` when no rule held. */
  readonly concluded: string;
}

/** Counts conclusions by label; in the order of the alphabet, so that it is the same each time. */
export function confusionMatrix(conclusions: readonly Conclusion[]): ConfusionMatrix {
  const matrix: Record<string, Record<string, number>> = {};
  for (const label of [...new Set(conclusions.map(one => one.label))].sort()) {
    const row: Record<string, number> = {};
    const ofLabel = conclusions.filter(one => one.label === label).map(one => one.concluded);
    for (const concluded of [...new Set(ofLabel)].sort()) {
      row[concluded] = ofLabel.filter(other => other === concluded).length;
    }
    matrix[label] = row;
  }
  return matrix;
}

/** The matrix as a table in markdown: a row for each label, a column for each conclusion. */
export function renderConfusionMatrix(matrix: ConfusionMatrix): string {
  const labels = Object.keys(matrix);
  const columns = [...new Set(labels.flatMap(label => Object.keys(matrix[label] ?? {})))].sort();
  const head = `| shown | pictures | ${columns.join(' | ')} |\n| --- | ---: |${' ---: |'.repeat(columns.length)}`;
  const rows = labels.map(label => {
    const row = matrix[label] ?? {};
    const total = Object.values(row).reduce((sum, count) => sum + count, 0);
    return `| ${label} | ${total} | ${columns.map(column => row[column] ?? '').join(' | ')} |`;
  });
  return [head, ...rows].join('\n');
}

/** The share of pictures whose state was told; where nothing may be concluded, `none` is as right as `inconclusive`. */
export function measureRecall(matrix: ConfusionMatrix): number {
  let right = 0;
  let total = 0;
  for (const [label, row] of Object.entries(matrix)) {
    for (const [concluded, count] of Object.entries(row)) {
      total += count;
      if (concluded === label || (label === 'inconclusive' && concluded === 'none')) right += count;
    }
  }
  return total === 0 ? 0 : right / total;
}
