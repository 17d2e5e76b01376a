export type FlashFormat = 'raw' | 'qcow2';

/** UEFI for x86_64: the code, and the template of the variable store that each machine gets its own copy of. */
export interface UefiFirmware {
  readonly code: string;
  readonly vars: string;
  readonly codeFormat: FlashFormat;
  readonly varsFormat: FlashFormat;
}
