import type { ToolInput } from '../../../catalog/types.ts';
import { Fault } from '../../../errors/fault.ts';
import type { ProxmoxRequest } from '../client/request.ts';
import type { ApiMethod, ApiSchema } from './api-schema.ts';
import { checkParameters, type ParameterProblem } from './check-parameters.ts';
import { findPath, nearPaths } from './find-path.ts';

type Input = Pick<ToolInput<'proxmox.api'>, 'method' | 'path' | 'params'>;

/** The request that is asked for, once the schema agrees. Throws `not_found` for a path, `invalid` for the rest. */
export function buildRequest(schema: ApiSchema, { method, path, params = {} }: Input): ProxmoxRequest {
  const found = findPath(schema, path);
  if (found === undefined) throw unknownPath(schema, path);
  const { template, values } = found;
  const declared = schema.paths[template]?.[method];
  if (declared === undefined) throw unknownMethod(schema, template, method);
  const twice = Object.keys(values).filter(
    name => Object.hasOwn(params, name) && String(params[name]) !== values[name],
  );
  const checked = checkParameters(declared, { ...params, ...values });
  const problems = [
    ...twice.map(field => ({ field, problem: 'differs from what the path says' })),
    ...checked.problems,
  ];
  if (problems.length > 0) throw wrongParameters(`${method} ${template}`, problems, declared);
  return { method, path: template, params: checked.params };
}

function unknownPath(schema: ApiSchema, path: string): Fault {
  const candidates = nearPaths(schema, path);
  const hint = candidates.length === 0 ? '' : `Did you mean ${candidates.join(' or ')}? `;
  return new Fault('not_found', `The API of Proxmox VE ${schema.version} has no path "${path.slice(0, 200)}".`, {
    remedy: `${hint}proxmox.api.describe lists the paths.`,
    data: { field: 'path', candidates },
  });
}

function unknownMethod(schema: ApiSchema, template: string, method: string): Fault {
  const candidates = Object.keys(schema.paths[template] ?? {});
  return new Fault('invalid', `The path ${template} does not take ${method}.`, {
    remedy: `Use ${candidates.join(' or ')}.`,
    data: { field: 'method', candidates },
  });
}

function wrongParameters(what: string, problems: readonly ParameterProblem[], { parameters }: ApiMethod): Fault {
  const told = problems.slice(0, 5).map(({ field, problem, wants }) => {
    return `"${field}" ${problem}${wants === undefined ? '' : ` (${wants})`}`;
  });
  const more = problems.length > 5 ? ` And ${problems.length - 5} more.` : '';
  return new Fault('invalid', `The parameters of ${what} are wrong: ${told.join('; ')}.${more}`, {
    remedy: 'proxmox.api.describe with this path and method tells what it takes.',
    data: { field: 'params', problems, takes: Object.keys(parameters) },
  });
}
