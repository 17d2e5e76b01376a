import type { Cmdlet } from '../../../src/tools/derive/powershell/cmdlet.ts';
import type { Parameter } from '../../../src/tools/derive/powershell/parameters.ts';

/** All that scripts can rely on, as text: a change of it is seen, and meant. */
export function surface(cmdlets: readonly Cmdlet[]): string {
  return cmdlets.map(cmdletText).join('\n');
}

function cmdletText({ name, tools, asks, impact, paged, outputs, parameters }: Cmdlet): string {
  const marks = [...(asks ? [`asks (${impact})`] : []), ...(paged ? ['pages'] : [])];
  return [
    `${name} = ${tools.map(({ id }) => id).join(', ')}${marks.length > 0 ? `; ${marks.join(', ')}` : ''}`,
    `  gives ${outputs.length === 0 ? 'nothing' : outputs.join(', ')}`,
    ...parameters.map(parameterText),
    '',
  ].join('\n');
}

function parameterText(parameter: Parameter): string {
  const { name, type, set, mandatory, position, pipeline, byName, wildcards, aliases, checks } = parameter;
  const marks = [
    ...(set === undefined ? [] : [`set ${set}`]),
    ...(mandatory ? ['mandatory'] : []),
    ...(position === undefined ? [] : [`position ${position}`]),
    ...(pipeline ? ['pipeline'] : []),
    ...(byName ? ['by name'] : []),
    ...(wildcards ? ['wildcards'] : []),
    ...(aliases.length > 0 ? [`aliases ${aliases.join(' ')}`] : []),
    ...(parameter.default === undefined ? [] : [`default ${parameter.default}`]),
    ...checks,
  ];
  return `  -${name} <${type}>${marks.length > 0 ? ` ${marks.join('; ')}` : ''}`;
}
