import type { KeyboardLayout } from '../keyboard-layout.ts';

/** German, as on Windows and in the variant of Linux with dead keys. */
export const de: KeyboardLayout = {
  plain: ['^1234567890ß´', 'qwertzuiopü+', 'asdfghjklöä#', '<yxcvbnm,.-'],
  shift: ['°!"§$%&/()=?`', 'QWERTZUIOPÜ*', "ASDFGHJKLÖÄ'", '>YXCVBNM;:_'],
  altgr: ['  ²³   {[]}\\', '@ €        ~', '', '|      µ'],
  dead: { plain: '^´', shift: '`' },
};
