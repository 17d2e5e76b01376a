import type { Tool } from '../../define-tool.ts';
import { toHintedSchema } from '../json-schema.ts';
import { givenInput } from '../wire-schemas.ts';
import { listFields, parameterName } from './field.ts';
import { isPaged, parameterFields } from './parameters.ts';
import { automaticVariables, commonParameters, pagingParameters } from './reserved-names.ts';

/** What keeps the fields of a tool from becoming parameters, as sentences. */
export function checkParameters(tool: Tool): string[] {
  const fields = listFields(toHintedSchema(givenInput(tool), 'input'));
  const paged = isPaged(fields);
  const parameters = parameterFields(fields).map(field => ({ name: field.name, parameter: parameterName(field) }));
  const taken = new Map([
    ['session', 'of every cmdlet'],
    ...(tool.effect === 'destroy' ? [['force', 'that leaves the question out'] as const] : []),
    ...(tool.long ? [['nowait', 'that leaves the operation alone'] as const] : []),
  ]);
  return parameters.flatMap(({ name, parameter }) => {
    const key = parameter.toLowerCase();
    const twin = parameters.find(other => other.name !== name && other.parameter.toLowerCase() === key);
    return [
      ...(/^[A-Z][A-Za-z0-9]*$/.test(parameter)
        ? []
        : [`the field ${name} gives no name of a parameter, ${parameter}`]),
      ...(commonParameters.has(key) ? [`the field ${name} has the name of a PowerShell common parameter`] : []),
      ...(paged && pagingParameters.has(key) ? [`the field ${name} has the name of a parameter for paging`] : []),
      ...(automaticVariables.has(key) ? [`the field ${name} has the name of an automatic variable of PowerShell`] : []),
      ...(taken.has(key) ? [`the field ${name} has the name of the parameter ${taken.get(key)}`] : []),
      ...(twin === undefined ? [] : [`the fields ${name} and ${twin.name} give one parameter, ${parameter}`]),
    ];
  });
}

/** Parameters that two tools of one cmdlet both have: each would belong to one parameter set alone. */
export function sharedParameters(tools: readonly Tool[]): string[] {
  const names = tools.flatMap(tool =>
    parameterFields(listFields(toHintedSchema(givenInput(tool), 'input'))).map(field =>
      parameterName(field).toLowerCase(),
    ),
  );
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
