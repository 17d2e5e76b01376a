import type { GuestSystem } from '../../model/image.ts';
import type { Clue } from './clue.ts';
import { plainText } from './plain-text.ts';

const mostEvidence = 16;
// Where programs for several processors stand side by side, the first of these is the one to use.
const preferredArchitectures = ['x86_64', 'aarch64', 'x86'] as const;

/** The guest system that the hints amount to: of each field the value of the strongest hint that has it. */
export function identifySystem(clues: readonly Clue[]): GuestSystem {
  const ranked = [...clues].sort((one, other) => other.strength - one.strength);
  const family = ranked.find(clue => clue.family !== undefined)?.family ?? 'unknown';
  const name = ranked.find(clue => clue.name !== undefined && (clue.family ?? family) === family)?.name;
  const displayManager = ranked.find(clue => clue.displayManager !== undefined)?.displayManager;
  const evidence = [...new Set(ranked.map(clue => clue.evidence))].slice(0, mostEvidence);
  return {
    family,
    ...(name === undefined ? {} : { name: plainText(name) }),
    architecture: chooseArchitecture(ranked),
    ...(displayManager === undefined ? {} : { displayManager: plainText(displayManager) }),
    evidence: evidence.map(plainText),
  };
}

function chooseArchitecture(ranked: readonly Clue[]): GuestSystem['architecture'] {
  const strongest = ranked.find(clue => clue.architecture !== undefined)?.strength;
  const named = new Set(ranked.filter(clue => clue.strength === strongest).map(clue => clue.architecture));
  return preferredArchitectures.find(each => named.has(each)) ?? 'unknown';
}
