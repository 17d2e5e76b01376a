import type { KeyboardLayout } from '../keyboard-layout.ts';

/** Spanish. Windows has a dead key for ~, Linux does not. */
export const es: KeyboardLayout = {
  plain: ["º1234567890'¡", 'qwertyuiop`+', 'asdfghjklñ´ç', '<zxcvbnm,.-'],
  shift: ['ª!"·$%&/()=?¿', 'QWERTYUIOP^*', 'ASDFGHJKLÑ¨Ç', '>ZXCVBNM;:_'],
  altgr: ['\\|@#~ ¬', '  €       []', '          {}', ''],
  dead: { plain: '`´', shift: '^¨' },
};
