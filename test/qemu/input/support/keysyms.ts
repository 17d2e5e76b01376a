/** Scan codes of the keys of a layout, row by row (set 1). */
export const scanCodes: readonly number[] = [
  ...[0x29, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13],
  ...[0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b],
  ...[0x1e, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x2b],
  ...[0x56, 0x2c, 0x2d, 0x2e, 0x2f, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x73],
];

const names: Readonly<Record<string, string>> = {
  ...{ grave: '`', minus: '-', equal: '=', bracketleft: '[', bracketright: ']', semicolon: ';', apostrophe: "'" },
  ...{ backslash: '\\', comma: ',', period: '.', slash: '/', less: '<', greater: '>', bar: '|', brokenbar: '¦' },
  ...{ asciitilde: '~', exclam: '!', at: '@', numbersign: '#', dollar: '$', percent: '%', asciicircum: '^' },
  ...{ ampersand: '&', asterisk: '*', parenleft: '(', parenright: ')', underscore: '_', plus: '+', braceleft: '{' },
  ...{ braceright: '}', colon: ':', quotedbl: '"', question: '?', notsign: '¬', sterling: '£', EuroSign: '€' },
  ...{ degree: '°', section: '§', acute: '´', ssharp: 'ß', mu: 'µ', onesuperior: '¹', twosuperior: '²' },
  ...{ threesuperior: '³', diaeresis: '¨', currency: '¤', ccedilla: 'ç', Ccedilla: 'Ç', masculine: 'º' },
  ...{ ordfeminine: 'ª', periodcentered: '·', exclamdown: '¡', questiondown: '¿', ntilde: 'ñ', Ntilde: 'Ñ' },
  ...{ guillemotleft: '«', guillemotright: '»', onehalf: '½', cent: '¢', aring: 'å', Aring: 'Å', oslash: 'ø' },
  ...{ Oslash: 'Ø', ae: 'æ', AE: 'Æ', eogonek: 'ę', Eogonek: 'Ę', oacute: 'ó', Oacute: 'Ó', aogonek: 'ą' },
  ...{ Aogonek: 'Ą', sacute: 'ś', Sacute: 'Ś', lstroke: 'ł', Lstroke: 'Ł', zabovedot: 'ż', Zabovedot: 'Ż' },
  ...{ zacute: 'ź', Zacute: 'Ź', cacute: 'ć', Cacute: 'Ć', nacute: 'ń', Nacute: 'Ń' },
  ...{ dead_acute: '´', dead_grave: '`', dead_circumflex: '^', dead_tilde: '~', dead_diaeresis: '¨' },
};

const accents: Readonly<Record<string, string>> = { grave: '\u0300', acute: '\u0301', diaeresis: '\u0308' };

/** The character of an X11 keysym such as "udiaeresis"; nothing for those that no layout here has. */
export function characterOf(keysym: string): string | undefined {
  if (/^[0-9a-zA-Z]$/.test(keysym)) return keysym;
  if (Object.hasOwn(names, keysym)) return names[keysym];
  const [, letter = '', accent = ''] = /^([a-zA-Z])(grave|acute|diaeresis)$/.exec(keysym) ?? [];
  return letter === '' ? undefined : `${letter}${accents[accent]}`.normalize('NFC');
}
