import { type Field, referenceOf } from './field.ts';

/** The field that a cmdlet is repeated for, one call for each thing that is piped to it: what it is about. */
export function primaryField(fields: readonly Field[], cmdlet: string): Field | undefined {
  const isAboutMachines = /-VmbVM$/.test(cmdlet) && !/^Get-/.test(cmdlet);
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
      'approval',
    ).at(-1) ??
    refers('file', 'folder')[0] ??
    texts.find(({ schema }) => schema.enum === undefined && referenceOf(schema) === undefined) ??
    // What can be told in another way as well is still what is piped to a cmdlet that is about it: Backup-VmbVM.
    (texts.length === 0 && isAboutMachines ? fields.find(({ name }) => name === 'vm') : undefined)
  );
}
