import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearWords } from '../../../src/errors/near-words.ts';
import { type FieldSchema, fieldSchemas, kebabCase } from '../../../src/rpc/cli/fields/field-schemas.ts';
import { parseCall } from '../../../src/rpc/cli/fields/parse-call.ts';
import { parseFields } from '../../../src/rpc/cli/fields/parse-fields.ts';
import { parseSize } from '../../../src/rpc/cli/fields/parse-size.ts';
import { toGlobalFlags } from '../../../src/rpc/cli/global-flags.ts';

const fields = fieldSchemas({
  properties: {
    image: { type: 'string' },
    memoryBytes: { type: 'integer' },
    cpus: { type: 'integer' },
    ratio: { type: 'number' },
    force: { type: 'boolean', default: false },
    bus: { enum: ['ahci', 'ide'] },
    tags: { type: 'array', items: { type: 'string' } },
    ports: { type: 'array', items: { type: 'integer' } },
    options: { type: 'object' },
  },
  required: ['image'],
});
const parse = (...words: string[]) => parseFields('image.test', fields, words);
const noFlags = toGlobalFlags({});

describe('fields on the command line', () => {
  it.each<[string[], object]>([
    [['--image', 'a.vhdx'], { image: 'a.vhdx' }],
    [['--image=a=b.vhdx'], { image: 'a=b.vhdx' }],
    [['--image='], { image: '' }],
    [['--image', '--force'], { image: '--force' }],
    [['--image', '-x'], { image: '-x' }],
    [['--image', '--'], { image: '--' }],
    [['--image', 'C:\\Users\\Zoë\\my backup, 50% ‘new’.vhdx'], { image: 'C:\\Users\\Zoë\\my backup, 50% ‘new’.vhdx' }],
    [['--image', '\\\\server\\share$\\x.vhdx'], { image: '\\\\server\\share$\\x.vhdx' }],
    [['--memory-bytes', '2G'], { memoryBytes: 2 ** 31 }],
    [['--memoryBytes', '67108864'], { memoryBytes: 67108864 }],
    [['--cpus', '2', '--ratio', '-0.5e1'], { cpus: 2, ratio: -5 }],
    [['--force'], { force: true }],
    [['--no-force'], { force: false }],
    [['--force', 'false', '--cpus', '1'], { force: false, cpus: 1 }],
    [['--force=true'], { force: true }],
    [['--tags', 'a', '--tags', '-b'], { tags: ['a', '-b'] }],
    [['--ports', '1', '--ports=2'], { ports: [1, 2] }],
    [['--options', '{"a":[1]}'], { options: { a: [1] } }],
  ])('%j are read', (words, input) => {
    expect(parse(...words)).toEqual({ input, positionals: [] });
  });

  it.each<[string[], RegExp]>([
    [['--imge', 'x'], /no field --imge/],
    [['--image'], /--image needs a value/],
    [['--image', 'a', '--image', 'b'], /twice/],
    [['--cpus', 'two'], /--cpus takes a whole number, not "two"/],
    [['--cpus', ''], /--cpus takes a whole number/],
    [['--cpus', 'Infinity'], /--cpus takes a whole number/],
    [['--force=yes'], /true or false/],
    [['--no-image'], /no field --no-image/],
    [['--options', '{'], /takes JSON/],
    [['--memory-bytes', '2X'], /takes a size/],
  ])('%j are refused', (words, message) => {
    expect(() => parse(...words)).toThrow(
      expect.objectContaining({ code: 'invalid', message: expect.stringMatching(message) }),
    );
  });

  it('bring any text unharmed into the call, in either form and either case', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string(),
      fc.constantFrom('-', '--', '--image', '--json', '{}', '-h'),
    );
    fc.assert(
      fc.property(text, fc.boolean(), (value, attached) => {
        const words = attached ? [`--image=${value}`] : ['--image', value];
        expect(parse(...words)).toEqual({ input: { image: value }, positionals: [] });
        const call = parseCall(['image.inspect', ...words], noFlags);
        expect(call?.input).toEqual({ image: value });
        expect(call?.flags).toEqual(noFlags);
      }),
      { numRuns: 500 },
    );
  });

  it('never end in anything but a Fault', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '--image',
        '--force',
        '--',
        '-',
        '--tags',
        '--ports=1',
        '--options',
        '--__proto__=1',
        '--constructor',
      ),
    );
    fc.assert(
      fc.property(fc.array(word), words => {
        try {
          parse(...words);
        } catch (error) {
          expect(error).toMatchObject({ name: 'Fault', code: 'invalid' });
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the words of a call', () => {
  it('may hold the global flags before the id, behind it and among the fields', () => {
    const call = parseCall(['--groups', 'vm', '--json', 'vm.get', '--yes', '--vm', 'web', '--read-only'], noFlags);
    expect(call).toMatchObject({ tool: { id: 'vm.get' }, input: { vm: 'web' }, help: false });
    expect(call?.flags).toEqual({ ...noFlags, json: true, yes: true, readOnly: true, groups: 'vm' });
  });

  it.each([[['--help']], [['-h']]])('%j ask for the help of "call" itself', words => {
    expect(parseCall(words, noFlags)).toBeUndefined();
  });

  it.each([[['vm.get', '--help']], [['--help', 'vm.get']], [['vm.get', '-h']]])('%j ask for help on a tool', words => {
    expect(parseCall(words, noFlags)).toMatchObject({ tool: { id: 'vm.get' }, help: true });
  });

  it.each([
    ['vm.lst', 'vm.list'],
    ['prove', 'image.prove'],
    ['vm_list', 'vm.list'],
    ['VM.LIST', 'vm.list'],
  ])('that name no tool, such as %s, lead to %s', (id, near) => {
    expect(() => parseCall([id], noFlags)).toThrow(expect.objectContaining({ remedy: expect.stringContaining(near) }));
  });
});

describe('sizes', () => {
  it.each([
    ['1024', 1024],
    ['1K', 1024],
    ['512M', 512 * 2 ** 20],
    ['2g', 2 ** 31],
    ['1.5GiB', 1.5 * 2 ** 30],
    ['2 GB', 2 ** 31],
    ['1T', 2 ** 40],
    ['7B', 7],
  ])('%s is %i bytes', (text, bytes) => {
    expect(parseSize('--memory', text)).toBe(bytes);
  });

  it.each(['', 'G', '-1', '1.2.3', '2X', '1e3', '99999999T', '0x10', '1,5G', '0.3'])('%j is none', text => {
    expect(() => parseSize('--memory', text)).toThrow(expect.objectContaining({ code: 'invalid' }));
  });
});

describe('names', () => {
  it('in camel case have one kebab form', () => {
    expect(['vm', 'memoryBytes', 'disksOnly', 'sha256'].map(kebabCase)).toEqual([
      'vm',
      'memory-bytes',
      'disks-only',
      'sha256',
    ]);
    expect(new Set(fields.map((field: FieldSchema) => field.flag)).size).toBe(fields.length);
  });

  it('are suggested when they are near, and not when they are far', () => {
    expect(nearWords('--limt', ['--limit', '--state'])).toEqual(['--limit']);
    expect(nearWords('zzzzzz', ['vm.list', 'vm.get'])).toEqual([]);
  });
});
