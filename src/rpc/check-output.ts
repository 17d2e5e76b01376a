import { Fault } from '../errors/fault.ts';
import type { Tool } from '../tools/define-tool.ts';

/** What an operation returned, held against the declaration: a client relies on the schema that it was shown. */
export function checkOutput(tool: Tool, rawOutput: unknown): Record<string, unknown> {
  const { data, error } = tool.output.safeParse(rawOutput);
  if (data !== undefined) return data;
  const problems = error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`);
  throw new Fault('failed', `${tool.id} gave an answer that does not fit its schema.`, {
    remedy: 'This is a bug in vmbridge; please report it.',
    data: { problems: problems.slice(0, 10) },
  });
}
