import type { BlockNode } from '../guest/source-node.ts';

export type FlashFormat = 'raw' | 'qcow2';

/** UEFI for x86_64: the code, and the template of the variable store that each machine gets its own copy of. */
export interface UefiFirmware {
  readonly code: string;
  readonly vars: string;
  readonly codeFormat: FlashFormat;
  readonly varsFormat: FlashFormat;
}

/** The nodes of the two flash chips; `variables` is the machine's own copy of the template. */
export function describeFlash(
  { code, codeFormat, varsFormat }: UefiFirmware,
  variables: string,
  variablesFormat: FlashFormat = varsFormat,
): { code: BlockNode; variables: BlockNode } {
  const codeFile = { driver: 'file', filename: code, 'read-only': true, 'auto-read-only': false };
  return {
    code: { driver: codeFormat, 'node-name': 'firmware-code', 'read-only': true, file: codeFile },
    variables: {
      driver: variablesFormat,
      'node-name': 'firmware-vars',
      file: { driver: 'file', filename: variables },
    },
  };
}
