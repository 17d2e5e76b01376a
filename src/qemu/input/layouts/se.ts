import type { KeyboardLayout } from '../keyboard-layout.ts';

/** Swedish. */
export const se: KeyboardLayout = {
  plain: ['§1234567890+´', 'qwertyuiopå¨', "asdfghjklöä'", '<zxcvbnm,.-'],
  shift: ['½!"#¤%&/()=?`', 'QWERTYUIOPÅ^', 'ASDFGHJKLÖÄ*', '>ZXCVBNM;:_'],
  altgr: ['  @£$  {[]}\\', '  €        ~', '', '|      µ'],
  dead: { plain: '´¨', shift: '`^', altgr: '~' },
};
