const replacements: Readonly<Record<string, string>> = {
  '…': '...',
  '→': '->',
  '—': '-',
  '–': '-',
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '×': 'x',
  '\u00a0': ' ',
};

/** Text that Windows PowerShell reads the same in every code page. Throws for a letter that has no plain likeness. */
export function toAscii(text: string): string {
  return text.replace(/[^\x20-\x7e\n]/gu, letter => {
    const plain = replacements[letter];
    if (plain === undefined) throw new Error(`There is no plain letter for "${letter}" in "${text}".`);
    return plain;
  });
}
