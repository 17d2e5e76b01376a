/** What was found at a path of a guest or its image. */
export interface SeenFile {
  readonly kind: 'file' | 'absent' | 'folder' | 'other';
  /** Bytes, where they are told. */
  readonly size?: number | undefined;
  /** Lower-case hexadecimal digits, when it was asked for. */
  readonly sha256?: string | undefined;
  /** How it was looked at, for a sentence: "through the guest agent". */
  readonly how: string;
}
