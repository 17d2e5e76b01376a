import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import summary from '../../catalog/summary.json' with { type: 'json' };
import { Fault } from '../../errors/fault.ts';
import type { Configuration } from './schema.ts';

/**
 * The checked configuration; an absent file is an empty one. Throws `invalid` naming file and key. The schema is loaded
 * only when there is a file, as most processes start without one.
 */
export async function loadConfiguration(file: string): Promise<Configuration> {
  const text = readText(file);
  if (text === undefined) return {};
  const raw = parseJson(file, text);
  const { configurationSchema } = await import('./schema.ts');
  const { data, error } = configurationSchema.safeParse(raw);
  if (data !== undefined) {
    refuseUnknownProviders(file, data);
    return data;
  }
  throw wrongKeys(file, error.issues.flatMap(describeIssue));
}

/** Throws `invalid` when the configuration speaks of a provider that there is not: it would do nothing, in silence. */
function refuseUnknownProviders(file: string, { providers = {} }: Configuration): void {
  const known = summary.providers.map(provider => provider.id);
  const unknown = Object.keys(providers).filter(id => !known.includes(id));
  const problem = `there is no such provider; there are ${known.join(', ')}`;
  if (unknown.length > 0)
    throw wrongKeys(
      file,
      unknown.map(id => ({ key: `providers.${id}`, problem })),
    );
}

interface Problem {
  readonly key: string;
  readonly problem: string;
}

function wrongKeys(file: string, problems: readonly Problem[]): Fault {
  const [first] = problems;
  const where = first?.key ? `at "${first.key}"` : 'as a whole';
  return new Fault('invalid', `The configuration ${file} is wrong ${where}: ${first?.problem}.`, {
    remedy: `Correct or remove that key in ${file}.`,
    data: { file, field: first?.key, problems: problems.slice(0, 20) },
  });
}

function describeIssue(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code !== 'unrecognized_keys') return [{ key: issue.path.map(String).join('.'), problem: issue.message }];
  return issue.keys.map(key => ({ key: [...issue.path, key].map(String).join('.'), problem: 'there is no such key' }));
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw new Fault('denied', `The configuration ${file} cannot be read.`, {
      remedy: 'Check its permissions, or set VMBRIDGE_HOME to another folder.',
      cause: error,
    });
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Fault(
      'invalid',
      `The configuration ${file} is not JSON: ${error instanceof Error ? error.message : error}`,
      {
        remedy: `Correct ${file}; an empty configuration is {}.`,
        data: { file },
        cause: error,
      },
    );
  }
}
