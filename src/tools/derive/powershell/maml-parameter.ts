import type { Parameter } from './parameters.ts';
import { type Element, element, withAttributes } from './xml.ts';

/** A parameter in the help file: in the syntax its words are shown, in the list of parameters what it means. */
export function mamlParameter(parameter: Parameter, text?: string): Element {
  const { name, type, wildcards, mandatory, pipeline, byName, position, aliases } = parameter;
  const isSwitch = type === 'switch';
  const attributes = {
    required: String(mandatory),
    variableLength: String(type.endsWith('[]')),
    globbing: String(wildcards),
    pipelineInput: pipelineInput(pipeline, byName),
    position: position === undefined ? 'named' : String(position),
    aliases: aliases.length === 0 ? 'none' : aliases.join(', '),
  };
  return withAttributes(
    attributes,
    element(
      'command:parameter',
      element('maml:name', name),
      text === undefined ? [] : element('maml:description', element('maml:para', text)),
      isSwitch ? [] : parameterValue(parameter),
      element('dev:type', element('maml:name', isSwitch ? 'SwitchParameter' : type), element('maml:uri', '')),
      element('dev:defaultValue', isSwitch ? 'False' : (parameter.default?.replace(/^'(.*)'$/, '$1') ?? 'None')),
    ),
  );
}

function parameterValue({ type, mandatory }: Parameter): Element {
  return withAttributes(
    { required: String(mandatory || type !== 'switch'), variableLength: String(type.endsWith('[]')) },
    element('command:parameterValue', type),
  );
}

function pipelineInput(byValue: boolean, byName: boolean): string {
  const ways = [...(byValue ? ['ByValue'] : []), ...(byName ? ['ByPropertyName'] : [])];
  return ways.length === 0 ? 'false' : `true (${ways.join(', ')})`;
}
