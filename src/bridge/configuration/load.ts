import { Fault } from '../../errors/fault.ts';
import { checkConfiguration } from './check.ts';
import { readConfiguration } from './read.ts';
import type { Configuration } from './schema.ts';

/**
 * The checked configuration; an absent file is an empty one. Throws `invalid` naming file and key. The schema is loaded
 * only when there is a file, as most processes start without one.
 */
export async function loadConfiguration(file: string): Promise<Configuration> {
  const found = readConfiguration(file);
  if (found === undefined) return {};
  const checked = await checkConfiguration(found.raw);
  if ('configuration' in checked) return checked.configuration;
  const { problems } = checked;
  const [first] = problems;
  const where = first.key ? `at "${first.key}"` : 'as a whole';
  throw new Fault('invalid', `The configuration ${file} is wrong ${where}: ${first.problem}.`, {
    remedy: `Correct or remove that key in ${file}.`,
    data: { file, field: first.key, problems: problems.slice(0, 20) },
  });
}
