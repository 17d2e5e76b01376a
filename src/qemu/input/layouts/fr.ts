import type { KeyboardLayout } from '../keyboard-layout.ts';

/** French (AZERTY). Windows has dead keys for ~ and `, Linux does not. */
export const fr: KeyboardLayout = {
  plain: ['²&é"\'(-è_çà)=', 'azertyuiop^$', 'qsdfghjklmù*', '<wxcvbn,;:!'],
  shift: [' 1234567890°+', 'AZERTYUIOP¨£', 'QSDFGHJKLM%µ', '>WXCVBN?./§'],
  altgr: ['  ~#{[|`\\^@]}', '  €        ¤', '', ''],
  dead: { plain: '^', shift: '¨' },
};
