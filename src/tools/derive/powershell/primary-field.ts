import { type Field, referenceOf } from './field.ts';

/** The field that a cmdlet is repeated for, one call for each thing that is piped to it: what it is about. */
export function primaryField(fields: readonly Field[]): Field | undefined {
  const texts = fields.filter(({ required, schema }) => required && schema.type === 'string');
  const refers = (...kinds: string[]) => texts.filter(({ schema }) => kinds.includes(referenceOf(schema) ?? ''));
  return (
    refers(
      'machine',
      'checkpoint',
      'network',
      'provider',
      'operation',
      'proof',
      'host',
      'credential',
      'volume',
      'task',
    ).at(-1) ??
    refers('file', 'folder')[0] ??
    texts.find(({ schema }) => schema.enum === undefined && referenceOf(schema) === undefined)
  );
}
