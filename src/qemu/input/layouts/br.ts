import type { KeyboardLayout } from '../keyboard-layout.ts';

/** Portuguese of Brazil (ABNT2). */
export const br: KeyboardLayout = {
  plain: ["'1234567890-=", 'qwertyuiop´[', 'asdfghjklç~]', '\\zxcvbnm,.;/'],
  shift: ['"!@#$%¨&*()_+', 'QWERTYUIOP`{', 'ASDFGHJKLÇ^}', '|ZXCVBNM<>:?'],
  altgr: [' ¹²³£¢¬     §', '           ª', '           º', ''],
  dead: { plain: '´~', shift: '¨`^' },
};
