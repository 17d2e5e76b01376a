import { type Cell, toCell } from './cell.ts';
import type { Field } from './field.ts';
import type { OutputType } from './output-type.ts';
import { type Element, element, xmlFile } from './xml.ts';

/** The text of `VmBridge.format.ps1xml`: of each type a table, where it names columns, and a list of all it holds. */
export function formatFile(types: readonly OutputType[]): string {
  const views = types.flatMap(type => [...(type.columns.length > 0 ? [tableView(type)] : []), listView(type)]);
  return xmlFile(element('Configuration', element('ViewDefinitions', views)));
}

function view({ title }: OutputType, control: Element): Element {
  const type = `VmBridge.${title}`;
  return element('View', element('Name', type), element('ViewSelectedBy', element('TypeName', type)), control);
}

function tableView(type: OutputType): Element {
  const fields = type.columns.map(name => requireField(type, name));
  const cells = fields.map(toCell);
  const open = openColumn(cells);
  const headers = cells.map(cell => header(cell, cell === open));
  const items = fields.map((field, index) => element('TableColumnItem', source(field, cells[index])));
  return view(
    type,
    element(
      'TableControl',
      element('TableHeaders', headers),
      element('TableRowEntries', element('TableRowEntry', element('TableColumnItems', items))),
    ),
  );
}

/** The column that takes what is left of the line: the last one, but not a number far away from what it belongs to. */
function openColumn(cells: readonly Cell[]): Cell | undefined {
  const last = cells.at(-1);
  return last?.right ? cells.find(({ long }) => long) : last;
}

function header({ label, width, right }: Cell, open: boolean): Element {
  return element(
    'TableColumnHeader',
    element('Label', label),
    open ? [] : element('Width', String(width)),
    right ? element('Alignment', 'Right') : [],
  );
}

function listView(type: OutputType): Element {
  const items = type.fields.map(field => {
    const cell = toCell(field);
    return element(
      'ListItem',
      field.required ? [] : element('ItemSelectionCondition', element('ScriptBlock', isThere(field.name))),
      element('Label', cell.label),
      source(field, cell),
    );
  });
  return view(type, element('ListControl', element('ListEntries', element('ListEntry', element('ListItems', items)))));
}

function isThere(name: string): string {
  return `$null -ne $_.psobject.Properties['${name}']`;
}

function source({ name }: Field, cell: Cell | undefined): Element {
  return cell?.script === undefined ? element('PropertyName', name) : element('ScriptBlock', cell.script);
}

function requireField({ title, fields }: OutputType, name: string): Field {
  const field = fields.find(each => each.name === name);
  if (field === undefined) throw new Error(`The type ${title} has no field ${name} for a column.`);
  return field;
}
