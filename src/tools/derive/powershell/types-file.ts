import type { OutputType } from './output-type.ts';
import { textField } from './text-field.ts';
import { type Element, element, xmlFile } from './xml.ts';

/** Names that other modules have for the same, by type. */
const aliases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Machine: { VMName: 'name' },
  Host: { HostName: 'name' },
  Image: { FullName: 'path' },
  ImageFile: { FullName: 'path' },
  ResizedImage: { FullName: 'path' },
};

/** The text of `VmBridge.types.ps1xml`. */
export function typesFile(types: readonly OutputType[]): string {
  return xmlFile(element('Types', types.map(toType)));
}

function toType(type: OutputType): Element {
  const text = textField(type);
  return element(
    'Type',
    element('Name', `VmBridge.${type.title}`),
    element(
      'Members',
      Object.entries(aliases[type.title] ?? {}).map(([name, field]) =>
        element('AliasProperty', element('Name', name), element('ReferencedMemberName', field)),
      ),
      text === undefined
        ? []
        : element('ScriptMethod', element('Name', 'ToString'), element('Script', toText(type, text))),
      standardMembers(type),
    ),
  );
}

/** An object given where text is wanted is its id, its path, or what else it is known by. */
function toText({ fields }: OutputType, name: string): string {
  if (name === 'before') return "'' + $this.before.path";
  if (fields.some(field => field.name === name && field.required)) return `'' + $this.${name}`;
  // What is not there is an error in the strict mode of a profile.
  return `$found = $this.psobject.Properties['${name}']; if ($null -eq $found) { '' } else { '' + $found.Value }`;
}

function standardMembers({ columns, fields }: OutputType): Element {
  const names = fields.map(({ name }) => name);
  return element(
    'MemberSet',
    element('Name', 'PSStandardMembers'),
    element(
      'Members',
      propertySet('DefaultDisplayPropertySet', columns.length > 0 ? columns : names),
      names.includes('id') ? propertySet('DefaultKeyPropertySet', ['id']) : [],
    ),
  );
}

function propertySet(name: string, properties: readonly string[]): Element {
  return element(
    'PropertySet',
    element('Name', name),
    element(
      'ReferencedProperties',
      properties.map(property => element('Name', property)),
    ),
  );
}
