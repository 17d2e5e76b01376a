import { escapeControls } from '../../../errors/escape.ts';

// Beside what escapeControls makes visible: other characters that reorder or hide text, and halves of characters.
const misleading = /[\u00ad\u061c\u180e\u200b-\u200d\u2028\u2029\u2060\ufeff\ufff9-\ufffb]|\p{Surrogate}/gu;

/** Foreign text as text of a page: none of it is markup, and none of it shows as something else than it is. */
export function escapeHtml(text: string): string {
  return escapeControls(text)
    .replace(misleading, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
