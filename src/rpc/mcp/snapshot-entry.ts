import { startupSnapshot } from 'node:v8';
import { preloadSchemas } from '@modelcontextprotocol/server';
import { rehearse } from './rehearse.ts';
import { serveMcp } from './serve.ts';

// Run once, when the snapshot is made: what is loaded here is there at once in every process that starts from it.
preloadSchemas();
void rehearse();

startupSnapshot.setDeserializeMainFunction(() => {
  const [command, ...rest] = process.argv.slice(1);
  if (command === 'serve') {
    void serveMcp(rest);
  } else {
    process.stderr.write('vmbridge: This start-up snapshot holds "serve" alone; all else is in vmbridge.js.\n');
    process.exitCode = 2;
  }
});
