import type { KeyboardLayout } from '../keyboard-layout.ts';

/** Norwegian. */
export const no: KeyboardLayout = {
  plain: ['|1234567890+\\', 'qwertyuiopå¨', "asdfghjkløæ'", '<zxcvbnm,.-'],
  shift: ['§!"#¤%&/()=?`', 'QWERTYUIOPÅ^', 'ASDFGHJKLØÆ*', '>ZXCVBNM;:_'],
  altgr: ['  @£$  {[]} ´', '  €        ~', '', '       µ'],
  dead: { plain: '¨', shift: '`^', altgr: '´~' },
};
