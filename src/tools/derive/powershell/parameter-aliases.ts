import { type Field, parameterName, type Reference, referenceOf } from './field.ts';

/** Properties of the objects that are piped, as other modules call them. */
const aliasesOf: Readonly<Partial<Record<Reference, readonly string[]>>> = {
  machine: ['Id', 'Name', 'VMName'],
  checkpoint: ['Id', 'Name'],
  network: ['Id', 'Name'],
  operation: ['Id'],
  proof: ['Id'],
  host: ['HostName'],
  volume: ['Id'],
  task: ['Id'],
  approval: ['Id'],
  file: ['FullName', 'Path'],
  folder: ['FullName', 'Path'],
};

/** Fields that hold the id of what a list gives, and refer to nothing else. */
const idFields: ReadonlySet<string> = new Set(['job', 'rule']);

/** Other names of a parameter, as far as the cmdlet has no parameter of that name. */
export function parameterAliases(field: Field, isPrimary: boolean, taken: ReadonlySet<string>): string[] {
  const reference = referenceOf(field.schema);
  const wanted = [
    ...(typeof field.schema.parameter === 'string' ? [field.name.charAt(0).toUpperCase() + field.name.slice(1)] : []),
    // An object of another kind that is piped has an id and a name as well: they are taken where something has to be named.
    ...(isPrimary && reference !== undefined && field.required ? (aliasesOf[reference] ?? []) : []),
    ...(isPrimary && !field.required ? ['Id'] : []),
    ...(isPrimary && idFields.has(field.name) ? ['Id'] : []),
    ...(reference === 'machine' && !(isPrimary && field.required) ? ['VMName'] : []),
    ...(field.name === 'limit' ? ['First'] : []),
  ];
  return wanted.filter(name => name !== parameterName(field) && !taken.has(name));
}
