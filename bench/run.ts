// Measures vmbridge against its peers, in turns: npm run bench [start] [call] [memory] [size] [screenshot]
import { measureCall } from './call.ts';
import { measureMemory } from './memory.ts';
import { measureScreenshot } from './screenshot.ts';
import { measureSize } from './size.ts';
import { measureStart } from './start.ts';
import { preparePrograms } from './support/programs.ts';

const names = process.argv.slice(2);
const wants = (name: string) => names.length === 0 || names.includes(name);
const known = ['start', 'call', 'memory', 'size', 'screenshot'];
const unknown = names.find(name => !known.includes(name));
if (unknown !== undefined) throw new Error(`There is no measurement "${unknown}"; there are ${known.join(', ')}.`);

console.log(`Node ${process.version}, ${process.platform} ${process.arch}, ${new Date().toISOString().slice(0, 10)}`);
if (wants('start') || wants('call') || wants('memory')) {
  const programs = await preparePrograms();
  if (wants('start')) await measureStart(programs);
  if (wants('call')) await measureCall(programs);
  if (wants('memory')) await measureMemory(programs);
}
if (wants('size')) measureSize();
if (wants('screenshot')) await measureScreenshot();
