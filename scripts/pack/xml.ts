import { type Element, element, withAttributes, xmlFile } from '../../src/tools/derive/powershell/xml.ts';

export { element, withAttributes };

/** An XML file that is packed and not committed, so that it needs no warning against editing. */
export function xmlText(root: Element): string {
  return xmlFile(root).replace(/^<!--.*-->\n/m, '');
}
