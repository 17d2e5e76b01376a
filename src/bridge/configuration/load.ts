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
    refuseUnknownNames(file, data);
    return data;
  }
  throw wrongKeys(file, error.issues.flatMap(describeIssue));
}

/** Throws `invalid` when the configuration speaks of a provider or group that there is not: it would do nothing, in silence. */
function refuseUnknownNames(file: string, { providers = {}, groups = [] }: Configuration): void {
  const knownProviders = summary.providers.map(provider => provider.id);
  const knownGroups = [...new Set(summary.tools.map(tool => tool.group))].sort();
  const problems = [
    ...Object.keys(providers)
      .filter(id => !knownProviders.includes(id))
      .map(id => ({
        key: `providers.${id}`,
        problem: `there is no such provider; there are ${knownProviders.join(', ')}`,
      })),
    ...groups
      .filter(group => !knownGroups.includes(group))
      .map(group => ({ key: 'groups', problem: `there is no group "${group}"; there are ${knownGroups.join(', ')}` })),
  ];
  if (problems.length > 0) throw wrongKeys(file, problems);
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
