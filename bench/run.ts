// Measures vmbridge against its peers, in turns: npm run bench [start] [call] [memory] [size]
import { measureCall } from './call.ts';
import { measureMemory } from './memory.ts';
import { measureSize } from './size.ts';
import { measureStart } from './start.ts';
import { preparePrograms } from './support/programs.ts';

const names = process.argv.slice(2);
const wants = (name: string) => names.length === 0 || names.includes(name);
const unknown = names.find(name => !['start', 'call', 'memory', 'size'].includes(name));
if (unknown !== undefined) throw new Error(`There is no measurement "${unknown}"; use start, call, memory or size.`);

console.log(`Node ${process.version}, ${process.platform} ${process.arch}, ${new Date().toISOString().slice(0, 10)}`);
if (wants('start') || wants('call') || wants('memory')) {
  const programs = await preparePrograms();
  if (wants('start')) await measureStart(programs);
  if (wants('call')) await measureCall(programs);
  if (wants('memory')) await measureMemory(programs);
}
if (wants('size')) measureSize();
