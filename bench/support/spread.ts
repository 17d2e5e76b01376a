export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Minimum, median and maximum. */
export function describeSpread(values: readonly number[], digits: number): string {
  return [Math.min(...values), median(values), Math.max(...values)].map(value => value.toFixed(digits)).join(' / ');
}
