import type { ReadingMethod } from '../model/proof.ts';
import { textRules } from './rules/all-rules.ts';
import { findPromptLine } from './rules/prompt-line.ts';
import type { RuleFacts, TextRule, TextSource } from './rules/rule.ts';

/** What is to be read at one moment, line by line, since the machine last started anew. */
export interface Observation {
  readonly screen: readonly string[];
  readonly screenMethod: ReadingMethod;
  readonly serial: readonly string[];
  readonly firmware: readonly string[];
}

export interface Match {
  readonly rule: MatchedRule;
  readonly source: TextSource | 'agent';
  readonly line: string;
  /** False for text that was read by optical recognition, which never passes an image. */
  readonly exact: boolean;
  readonly stopCode?: string | undefined;
  readonly failedModule?: string | undefined;
}

/** What is needed of a rule once it holds, whatever it looked at. */
export type MatchedRule = RuleFacts & Pick<TextRule, 'seconds' | 'still' | 'passing' | 'driver' | 'onlyUnbootable'>;

const sources = ['screen', 'serial', 'firmware'] as const;
const endLines = 8;

/** All rules that hold at this moment, the one that counts most first. Says the same for the same text, always. */
export function classify(observation: Observation): Match[] {
  const matches: Match[] = [];
  for (const rule of textRules) {
    for (const source of rule.sources ?? (['screen', 'serial'] as const)) {
      const line = findLine(rule, observation[source]);
      if (line === undefined) continue;
      const exact = source !== 'screen' || observation.screenMethod !== 'ocr';
      matches.push({ rule, source, line, exact, ...findDetails(rule, observation[source]) });
    }
  }
  return matches;
}

/** All lines of an observation. */
export function listAllLines(observation: Observation): string[] {
  return sources.flatMap(source => [...observation[source]]);
}

function findDetails({ code, module }: TextRule, lines: readonly string[]): Pick<Match, 'stopCode' | 'failedModule'> {
  const find = (pattern: RegExp | undefined) =>
    pattern && lines.map(line => pattern.exec(line)?.[1]).findLast(found => found !== undefined);
  return { stopCode: find(code), failedModule: find(module) };
}

function findLine(rule: TextRule, lines: readonly string[]): string | undefined {
  if (rule.with && !lines.some(line => rule.with?.test(line))) return undefined;
  if (rule.without && lines.some(line => rule.without?.test(line))) return undefined;
  const matches = (line: string): boolean => rule.patterns.some(pattern => pattern.test(line));
  if (rule.where === 'prompt') {
    const line = findPromptLine(lines);
    return line !== undefined && matches(line) ? line : undefined;
  }
  const room = rule.where === 'end' ? lines.slice(-endLines) : lines;
  const index = room.findLastIndex(matches);
  const isOver = index >= 0 && rule.before !== undefined && room.slice(index + 1).some(line => rule.before?.test(line));
  return isOver ? undefined : room[index];
}
