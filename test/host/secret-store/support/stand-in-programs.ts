import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Says what it was given, so that a test can look for secrets in it. */
const record = `
const fs = require('node:fs');
const [, , ...args] = process.argv;
const input = fs.readFileSync(0, 'utf8');
fs.appendFileSync(__dirname + '/arguments.log', JSON.stringify(args) + '\\n');
const file = __dirname + '/kept.json';
const kept = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {};
const keep = (name, secret) => fs.writeFileSync(file, JSON.stringify({ ...kept, [name]: secret }));
const after = word => args[args.indexOf(word) + 1];
`;

const bodies = {
  /** Understands what Windows PowerShell is asked: the two actions, on bytes in base64. */
  powershell: `
const { action, data } = JSON.parse(input);
const bytes = Buffer.from(data, 'base64').map(byte => byte ^ 0x5a);
if (!args.at(-1).includes('ProtectedData')) process.exit(2);
const mark = Buffer.from('DPAPI');
if (action === 'unprotect' && !Buffer.from(data, 'base64').subarray(0, 5).equals(mark)) process.exit(1);
const made = action === 'protect' ? Buffer.concat([mark, bytes]) : bytes.subarray(5);
process.stdout.write('\\ufeff' + made.toString('base64') + '\\r\\n');
`,
  security: `
if (args[0] === '-i') {
  const words = input.trim().split(' ');
  if (words[0] !== 'add-generic-password') process.exit(1);
  keep(words[words.indexOf('-a') + 1], words[words.indexOf('-w') + 1]);
} else if (args[0] === 'find-generic-password') {
  if (!(after('-a') in kept)) process.exit(44);
  process.stdout.write(kept[after('-a')] + '\\n');
} else process.exit(2);
`,
  'secret-tool': `
if (args[0] === 'store') keep(after('key'), input);
else if (args[0] === 'lookup') {
  if (!(after('key') in kept)) process.exit(1);
  process.stdout.write(kept[after('key')]);
} else process.exit(2);
`,
  /** Prints what it was given, and fails. */
  chatty: `process.stdout.write(input); process.stderr.write(input); process.exit(7);`,
  /** Prints what it was given, and never ends. */
  stuck: `process.stdout.write(input); setInterval(() => {}, 1000);`,
} as const;

/** A program that stands in for one of a system that is not here; it keeps its secrets and arguments beside it. */
export function writeStandIn(folder: string, name: keyof typeof bodies): string {
  const file = path.join(folder, name);
  writeFileSync(file, `#!${process.execPath}\n${record}${bodies[name]}`);
  chmodSync(file, 0o755);
  return file;
}
