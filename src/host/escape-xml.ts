/** XML 1.0 has no way to write these; C1 controls and what reorders text are possible, but better not shown. */
const unwritable =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]|\p{Surrogate}/gu;
const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // As they stand, a parser makes spaces and line feeds of them.
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** Text for the content of an element or for a value between double quotes. What XML can not hold becomes `\uNNNN`. */
export function escapeXml(text: string): string {
  return text
    .replace(unwritable, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/[&<>"\t\n\r]/g, character => entities[character] ?? character);
}
