import type { KeyboardLayout } from '../keyboard-layout.ts';

/** British English. */
export const gb: KeyboardLayout = {
  plain: ['`1234567890-=', 'qwertyuiop[]', "asdfghjkl;'#", '\\zxcvbnm,./'],
  shift: ['¬!"£$%^&*()_+', 'QWERTYUIOP{}', 'ASDFGHJKL:@~', '|ZXCVBNM<>?'],
  altgr: ['    €', '', '', ''],
};
