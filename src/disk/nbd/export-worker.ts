// The thread of one export: opens the image, serves it, and ends when it is told to.
import type { Fault } from '../../errors/fault.ts';
import { openSidePort, type SidePort } from '../../host/side-port.ts';
import { openImage } from '../open-image.ts';
import { serveImage } from './serve-image.ts';
import { type ExportRequest, faultFacts, type WorkerMessage } from './worker-messages.ts';

async function serve(request: ExportRequest, port: SidePort): Promise<void> {
  const say = (message: WorkerMessage) => port.post(message);
  const { path, format, parents, address: wanted } = request;
  const image = await openImage(path, { format, parents });
  try {
    const onFault = (fault: Fault) => say({ kind: 'fault', fault: faultFacts(fault, path) });
    const served = await serveImage(image, { address: wanted, onFault });
    const { virtualSize, sectorSize } = image;
    const { address, name } = served;
    say({ kind: 'ready', address, name, virtualSize, sectorSize, parents: image.parents });
    await port.told;
    await served.close();
  } finally {
    await image.close();
  }
}

async function run(): Promise<void> {
  const port = await openSidePort();
  const request = port.request as ExportRequest;
  try {
    await serve(request, port);
  } catch (error) {
    const refused: WorkerMessage = { kind: 'refused', fault: faultFacts(error, request.path) };
    port.post(refused);
  }
  port.close();
}

void run();
