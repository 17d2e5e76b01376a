import type { KeyboardLayout } from '../keyboard-layout.ts';

/** Danish. */
export const dk: KeyboardLayout = {
  plain: ['½1234567890+´', 'qwertyuiopå¨', "asdfghjklæø'", '<zxcvbnm,.-'],
  shift: ['§!"#¤%&/()=?`', 'QWERTYUIOPÅ^', 'ASDFGHJKLÆØ*', '>ZXCVBNM;:_'],
  altgr: ['  @£$  {[]} |', '  €        ~', '', '\\      µ'],
  dead: { plain: '´¨', shift: '`^', altgr: '~' },
};
