import type { z } from 'zod';
import summary from '../../catalog/summary.json' with { type: 'json' };
import type { Configuration } from './schema.ts';

export interface ConfigurationProblem {
  /** Dotted; empty for the whole. */
  readonly key: string;
  readonly problem: string;
}

/** The configuration that JSON means, or what is wrong with it. Speaking of what there is not is wrong: it would do nothing, in silence. */
export async function checkConfiguration(
  raw: unknown,
): Promise<
  { configuration: Configuration } | { problems: readonly [ConfigurationProblem, ...ConfigurationProblem[]] }
> {
  const { configurationSchema } = await import('./schema.ts');
  const { data, error } = configurationSchema.safeParse(raw);
  const [first, ...others] = data === undefined ? error.issues.flatMap(describeIssue) : unknownNames(data);
  if (first !== undefined) return { problems: [first, ...others] };
  return { configuration: data ?? {} };
}

function unknownNames({ providers = {}, groups = [], hosts = {} }: Configuration): ConfigurationProblem[] {
  const knownProviders = summary.providers.map(provider => provider.id);
  const knownGroups = [...new Set(summary.tools.map(tool => tool.group))].sort();
  const noProvider = `there is no such provider; there are ${knownProviders.join(', ')}`;
  return [
    ...Object.keys(providers)
      .filter(id => !knownProviders.includes(id))
      .map(id => ({ key: `providers.${id}`, problem: noProvider })),
    ...Object.entries(hosts)
      .filter(([, { provider }]) => !knownProviders.includes(provider))
      .map(([name]) => ({ key: `hosts.${name}.provider`, problem: noProvider })),
    ...groups
      .filter(group => !knownGroups.includes(group))
      .map(group => ({ key: 'groups', problem: `there is no group "${group}"; there are ${knownGroups.join(', ')}` })),
  ];
}

function describeIssue(issue: z.core.$ZodIssue): ConfigurationProblem[] {
  // What is wrong with the key of a record stands one level deeper.
  const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  if (issue.code !== 'unrecognized_keys') return [{ key: issue.path.map(String).join('.'), problem: message }];
  return issue.keys.map(key => ({ key: [...issue.path, key].map(String).join('.'), problem: 'there is no such key' }));
}
