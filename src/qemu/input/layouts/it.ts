import type { KeyboardLayout } from '../keyboard-layout.ts';

/** Italian. On Windows it has no ~ and no `, and braces elsewhere: the ones here are those of Linux. */
export const it: KeyboardLayout = {
  plain: ["\\1234567890'ì", 'qwertyuiopè+', 'asdfghjklòàù', '<zxcvbnm,.-'],
  shift: ['|!"£$%&/()=?^', 'QWERTYUIOPé*', 'ASDFGHJKLç°§', '>ZXCVBNM;:_'],
  altgr: ['       {  }`~', '  €       []', '         @#', ''],
};
