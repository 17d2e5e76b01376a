/** Four rows of keys from the top left, as many characters each as the row has keys; a space is a key that is not used. */
export type KeyRows = readonly [digits: string, upper: string, home: string, lower: string];

/**
 * What the keys of a keyboard write. The rows begin with the key left of 1, the key right of Tab, the key right of Caps
 * Lock, and the key between the left Shift and the letters, which US keyboards lack.
 */
export interface KeyboardLayout {
  readonly plain: KeyRows;
  readonly shift: KeyRows;
  readonly altgr?: KeyRows;
  readonly altgrShift?: KeyRows;
  /** Accents among them that write nothing before the next key: they join a letter, or stand alone before a space. */
  readonly dead?: { readonly plain?: string; readonly shift?: string; readonly altgr?: string };
}

/** QEMU's names for the keys at those places. The last one is only on Brazilian keyboards. */
export const keyNames: readonly (readonly string[])[] = [
  ['grave_accent', '1', '2', '3', '4', '5', '6', '7', '8', '9', '0', 'minus', 'equal'],
  ['q', 'w', 'e', 'r', 't', 'y', 'u', 'i', 'o', 'p', 'bracket_left', 'bracket_right'],
  ['a', 's', 'd', 'f', 'g', 'h', 'j', 'k', 'l', 'semicolon', 'apostrophe', 'backslash'],
  ['less', 'z', 'x', 'c', 'v', 'b', 'n', 'm', 'comma', 'dot', 'slash', 'ro'],
];
