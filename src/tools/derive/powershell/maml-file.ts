import { addedParameters } from './added-parameters.ts';
import type { Cmdlet } from './cmdlet.ts';
import type { HelpTexts } from './help-texts.ts';
import { mamlParameter } from './maml-parameter.ts';
import type { Parameter } from './parameters.ts';
import { type Element, element, withAttributes, xmlFile } from './xml.ts';

export interface HelpEntry {
  readonly cmdlet: Cmdlet;
  readonly texts: HelpTexts;
}

/** The text of `en-US/VmBridge-help.xml`, which Get-Help reads. */
export function mamlFile(entries: readonly HelpEntry[]): string {
  return xmlFile(
    withAttributes(
      { schema: 'maml', xmlns: 'http://msh' },
      element(
        'helpItems',
        entries.map(entry => withAttributes(namespaces, element('command:command', ...sections(entry)))),
      ),
    ),
  );
}

const namespaces = {
  'xmlns:maml': 'http://schemas.microsoft.com/maml/2004/10',
  'xmlns:command': 'http://schemas.microsoft.com/maml/dev/command/2004/10',
  'xmlns:dev': 'http://schemas.microsoft.com/maml/dev/2004/10',
};

function sections({ cmdlet, texts }: HelpEntry): Element[] {
  const [verb = '', noun = ''] = cmdlet.name.split('-');
  return [
    element(
      'command:details',
      element('command:name', cmdlet.name),
      element('maml:description', paragraphs([texts.synopsis])),
      element('command:verb', verb),
      element('command:noun', noun),
    ),
    element('maml:description', paragraphs(texts.description)),
    syntax(cmdlet),
    element('command:parameters', described(cmdlet, texts)),
    element(
      'command:inputTypes',
      texts.inputs.map(type => typed('command:inputType', type)),
    ),
    element(
      'command:returnValues',
      texts.outputs.map(type => typed('command:returnValue', type)),
    ),
    element('command:examples', texts.examples.map(example)),
    element(
      'command:relatedLinks',
      texts.links.map(link => element('maml:navigationLink', element('maml:linkText', link), element('maml:uri', ''))),
    ),
  ];
}

function paragraphs(texts: readonly string[]): Element[] {
  return texts.map(text => element('maml:para', text));
}

function described(cmdlet: Cmdlet, { parameters }: HelpTexts): Element[] {
  return [
    ...parameters.map(({ parameter, text }) => mamlParameter(parameter, text)),
    ...addedParameters(cmdlet).map(parameter => mamlParameter(parameter, parameter.description)),
  ];
}

/** One line for each parameter set; what stands at a position comes first. */
function syntax(cmdlet: Cmdlet): Element {
  const all = [...cmdlet.parameters, ...addedParameters(cmdlet)];
  const sets = [...new Set(cmdlet.parameters.map(({ set }) => set))].filter(set => set !== undefined);
  const lines = (sets.length === 0 ? [undefined] : sets).map(set => {
    const own = all.filter(parameter => parameter.set === undefined || parameter.set === set);
    const rank = ({ position = own.length }: Parameter) => position;
    const sorted = own.toSorted((a, b) => rank(a) - rank(b));
    return element(
      'command:syntaxItem',
      element('maml:name', cmdlet.name),
      sorted.map(parameter => mamlParameter(parameter)),
    );
  });
  return element('command:syntax', lines);
}

function typed(name: string, type: string): Element {
  return element(name, element('dev:type', element('maml:name', type)));
}

function example({ title, code }: HelpTexts['examples'][number], index: number): Element {
  return element(
    'command:example',
    element('maml:title', `Example ${index + 1}: ${title}`),
    element('maml:introduction', element('maml:para', 'PS > ')),
    element('dev:code', code),
    element('dev:remarks', paragraphs([`${title}.`])),
  );
}
