import type { KeyboardLayout } from '../keyboard-layout.ts';

/** Polish for programmers. Windows has a dead key for ~, Linux does not. */
export const pl: KeyboardLayout = {
  plain: ['`1234567890-=', 'qwertyuiop[]', "asdfghjkl;'\\", ' zxcvbnm,./'],
  shift: ['~!@#$%^&*()_+', 'QWERTYUIOP{}', 'ASDFGHJKL:"|', ' ZXCVBNM<>?'],
  altgr: ['', '  ę     ó', 'ąś      ł', ' żźć  ń'],
  altgrShift: ['', '  Ę     Ó', 'ĄŚ      Ł', ' ŻŹĆ  Ń'],
};
