import type { KeyboardLayout } from '../keyboard-layout.ts';

/** Belgian (AZERTY). */
export const be: KeyboardLayout = {
  plain: ['²&é"\'(§è!çà)-', 'azertyuiop^$', 'qsdfghjklmùµ', '<wxcvbn,;:='],
  shift: ['³1234567890°_', 'AZERTYUIOP¨*', 'QSDFGHJKLM%£', '>WXCVBN?./+'],
  altgr: [' |@#  ^  {}', '  €       []', '          ´`', '\\         ~'],
  dead: { plain: '^', shift: '¨', altgr: '´`~' },
};
