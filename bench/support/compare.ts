import { describeSpread, median } from './spread.ts';

/** Measurements of two programs taken in turns, so that whatever else the machine does befalls both. */
export interface Pairing {
  readonly what: string;
  readonly unit: string;
  readonly first: string;
  readonly second: string;
  /** Largest ratio of first to second that is good enough. */
  readonly limit: number;
  readonly rounds: number;
  readonly measureFirst: () => Promise<number>;
  readonly measureSecond: () => Promise<number>;
}

/** Measures A B A B …, prints minimum, median and maximum of each, and how their minima and their pairs compare. */
export async function compare(pairing: Pairing): Promise<void> {
  const firsts: number[] = [];
  const seconds: number[] = [];
  // The first ones warm caches up and do not count.
  for (let round = 0; round < 2; round++) {
    await pairing.measureFirst();
    await pairing.measureSecond();
  }
  for (let round = 0; round < pairing.rounds; round++) {
    firsts.push(await pairing.measureFirst());
    seconds.push(await pairing.measureSecond());
  }
  const ofMinima = Math.min(...firsts) / Math.min(...seconds);
  const ofPairs = median(firsts.map((first, round) => first / (seconds[round] ?? Number.NaN)));
  console.log(`\n${pairing.what}, ${pairing.unit} (minimum/median/maximum of ${pairing.rounds})`);
  console.log(`  ${pairing.first}: ${describeSpread(firsts, 1)}`);
  console.log(`  ${pairing.second}: ${describeSpread(seconds, 1)}`);
  const verdict = Math.min(ofMinima, ofPairs) <= pairing.limit ? 'reached' : 'NOT reached';
  console.log(
    `  ratio of minima ${ofMinima.toFixed(2)}, median of paired ratios ${ofPairs.toFixed(2)}; aim ≤ ${pairing.limit}: ${verdict}`,
  );
}
