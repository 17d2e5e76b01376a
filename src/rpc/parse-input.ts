import type { z } from 'zod';
import { Fault } from '../errors/fault.ts';

export interface FieldProblem {
  readonly field: string;
  readonly problem: string;
}

/** Checked input with its defaults filled in, or a Fault that names each field that is wrong. */
export function parseInput(tool: string, schema: z.ZodObject, rawInput: unknown): Record<string, unknown> {
  const { data, error } = schema.safeParse(rawInput ?? {});
  if (data !== undefined) return data;
  const problems = error.issues.slice(0, 20).flatMap(describeIssue);
  const [first = { field: '', problem: 'is wrong' }] = problems;
  const where = first.field === '' ? 'The input' : `The field "${first.field}"`;
  throw new Fault('invalid', `${where} of ${tool} is wrong: ${first.problem}`, {
    remedy: `See the schema: vmbridge call ${tool} --help`,
    data: { field: first.field, problems },
  });
}

function describeIssue(issue: z.core.$ZodIssue): FieldProblem[] {
  const field = issue.path.map(String).join('.');
  if (issue.code !== 'unrecognized_keys') return [{ field, problem: shorten(issue.message) }];
  return issue.keys.slice(0, 5).map(key => ({
    field: shorten([field, key].filter(Boolean).join('.')),
    problem: 'there is no such field',
  }));
}

// Keys and values come from callers, and one of 64 MB must not come back as an error of 64 MB.
function shorten(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
