import type { OutputType } from './output-type.ts';

/** Fields that stand for an object where it is shown in few letters, or given where its name is meant; the best first. */
const candidates = [
  'id',
  'handle',
  'message',
  'path',
  'state',
  'removed',
  'before',
  'check',
  'what',
  'name',
  'image',
  'accelerator',
  'reason',
  'verdict',
  'typeName',
  'family',
  'partition',
  'file',
  'howTo',
  'keyId',
  'key',
  'detail',
];

export function textField({ title, fields }: OutputType): string | undefined {
  // The name of a session is not its id.
  if (title === 'Session') return undefined;
  const plain = fields.filter(field => !Array.isArray(field.schema.items));
  // Rather one that is always there; a file that may not be there says nothing.
  return [plain.filter(({ required }) => required), plain.filter(({ name }) => name !== 'file')]
    .map(some => candidates.find(name => some.some(field => field.name === name)))
    .find(name => name !== undefined);
}
