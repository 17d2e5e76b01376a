import { createLocalPipe } from '../../host/local-pipe.ts';
import { buildVncArguments } from '../console/vnc-arguments.ts';

/** Arguments for the remote screen of a machine whose files are in `folder`. */
export async function describeScreen(folder: string): Promise<readonly string[]> {
  const open = await createLocalPipe(folder, 'vnc');
  const guarded = await createLocalPipe(folder, 'vnc-guarded');
  if (open.kind === 'pipe' || guarded.kind === 'pipe') return buildVncArguments({ kind: 'loopback' });
  return buildVncArguments({ kind: 'sockets', open: open.path, guarded: guarded.path });
}
