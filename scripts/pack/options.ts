import path from 'node:path';
import { parseArgs } from 'node:util';
import { callerFolder, root } from '../setup/places.mjs';
import { PackError } from './pack-error.ts';

export interface PackOptions {
  /** Absolute. */
  readonly out: string;
  readonly withNode: boolean;
}

export const usage = `Usage: npm run pack:powershell [-- [--out FOLDER] [--with-node]]

Writes the PowerShell module with its server, as a folder to be copied and as a package.
  --out FOLDER  where to; default: dist-powershell in the checkout
  --with-node   with a Node in it: the module then needs none, and is for this platform only`;

/** Undefined when only the usage is asked for. */
export function readOptions(args: readonly string[]): PackOptions | undefined {
  const { out, 'with-node': withNode, help } = parse(args);
  if (help) return undefined;
  if (out === '') throw new PackError('--out needs the name of a folder.', usage, 2);
  return {
    out: out === undefined ? path.join(root, 'dist-powershell') : path.resolve(callerFolder, out),
    withNode: withNode ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { out: { type: 'string' }, 'with-node': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new PackError(error.message, usage, 2);
  }
}
