import type { KeyboardLayout } from '../keyboard-layout.ts';

/** Portuguese of Portugal. */
export const pt: KeyboardLayout = {
  plain: ["\\1234567890'«", 'qwertyuiop+´', 'asdfghjklçº~', '<zxcvbnm,.-'],
  shift: ['|!"#$%&/()=?»', 'QWERTYUIOP*`', 'ASDFGHJKLÇª^', '>ZXCVBNM;:_'],
  altgr: ['  @£§  {[]}', '  €       ¨', '', ''],
  dead: { plain: '´~', shift: '`^', altgr: '¨' },
};
