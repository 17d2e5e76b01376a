import type { KeyboardLayout } from '../keyboard-layout.ts';

/** German of Switzerland. */
export const ch: KeyboardLayout = {
  plain: ["§1234567890'^", 'qwertzuiopü¨', 'asdfghjklöä$', '<yxcvbnm,.-'],
  shift: ['°+"*ç%&/()=?`', 'QWERTZUIOPè!', 'ASDFGHJKLéà£', '>YXCVBNM;:_'],
  altgr: [' |@#  ¬ ¢  ´~', '  €       []', '          {}', '\\'],
  dead: { plain: '^¨', shift: '`', altgr: '´~' },
};
