/** Prints minimum, median and maximum, and whether the median is within the aim. */
export function printFigure(what: string, values: readonly number[], aim: number): void {
  const sorted = [...values].sort((one, other) => one - other);
  const [least, median, most] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)].map(value =>
    (value ?? Number.NaN).toFixed(3),
  );
  const verdict = Number(median) <= aim ? 'reached' : 'NOT reached';
  console.log(`\n${what} (minimum/median/maximum)`);
  console.log(`  ${least} / ${median} / ${most}; aim ≤ ${aim}: ${verdict}`);
}
