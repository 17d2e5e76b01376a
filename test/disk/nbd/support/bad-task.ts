// A task that says it serves and then ends badly; its path says how.
import type { ExportRequest, WorkerMessage } from '../../../../src/disk/nbd/worker-messages.ts';
import { openSidePort } from '../../../../src/host/side-port.ts';

function fillMemory(): void {
  const kept: unknown[] = [];
  for (;;) kept.push(new Array(100_000).fill(kept.length / 3));
}

const ways: Readonly<Record<string, () => void>> = {
  throws: () => {
    throw new Error('A mistake.');
  },
  ends: () => process.exit(3),
  fillsMemory: fillMemory,
  // Hears nothing more, not even that it should end.
  hangs: () => {
    for (;;);
  },
};

async function run(): Promise<void> {
  const port = await openSidePort();
  const { path, address } = port.request as ExportRequest;
  if (path === 'throwsBefore') throw new Error('A mistake.');
  if (path === 'neverReady') {
    setInterval(() => {}, 1000);
    return;
  }
  const ready: WorkerMessage = {
    kind: 'ready',
    address: address.kind === 'unix' ? address : { kind: 'inet', host: '127.0.0.1', port: 1 },
    name: '',
    virtualSize: 512,
    sectorSize: 512,
    parents: [],
  };
  port.post(ready);
  setTimeout(() => ways[path]?.(), 100);
}

void run();
