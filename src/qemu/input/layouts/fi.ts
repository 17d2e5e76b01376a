import type { KeyboardLayout } from '../keyboard-layout.ts';

/** Finnish. */
export const fi: KeyboardLayout = {
  plain: ['§1234567890+´', 'qwertyuiopå¨', "asdfghjklöä'", '<zxcvbnm,.-'],
  shift: ['½!"#¤%&/()=?`', 'QWERTYUIOPÅ^', 'ASDFGHJKLÖÄ*', '>ZXCVBNM;:_'],
  altgr: ['  @£$  {[]}\\', '  €        ~', '', '|      µ'],
  dead: { plain: '´¨', shift: '`^', altgr: '~' },
};
