import type { LanguageData } from './find-language-data.ts';
import type { OpticalReading } from './optical-reader.ts';

/** Below this, what English data reads are letters of another script, or no letters. */
const latinConfidence = 0.78;
/** So many small words of a language show that it is that one. */
const fewestWords = 2;

/** Small words that no screen goes without, as English data reads them: accents may be lost. */
const smallWords: Readonly<Record<string, RegExp>> = {
  deu: /\b(und|oder|der|die|das|den|dem|ist|sind|wird|werden|nicht|sie|ihr|ihre|f[uü]r|mit|auf|von|ein|eine|zu)\b/g,
  fra: /\b(le|les|des|du|une|et|ou|est|vous|votre|vos|pour|sur|dans|avec|ce|cette|de)\b/g,
  spa: /\b(el|los|las|del|una|y|es|su|sus|para|con|este|esta|que|se|de|en)\b/g,
  por: /\b(o|os|as|do|da|dos|um|uma|e|seu|sua|para|com|este|esta|que|n[aã]o|de|em)\b/g,
  ita: /\b(il|lo|gli|della|dello|del|una|e|suo|sua|per|con|questo|questa|che|non|di)\b/g,
};
/** Languages of scripts that English data cannot read at all. */
const otherScripts: ReadonlySet<string> = new Set(['jpn', 'chi_sim']);

/**
 * The languages that a screen may be written in, the likeliest first, judged by what English data made of it: nothing where
 * there are no letters, those of other scripts where it was unsure, else those whose small words it has found.
 */
export function chooseLanguages(
  { lines, confidence }: Pick<OpticalReading, 'lines' | 'confidence'>,
  available: readonly LanguageData[],
  known?: string,
): LanguageData[] {
  const text = lines.join('\n').toLowerCase();
  if (!/\S/.test(text)) return [];
  const isKnown = ({ code }: LanguageData): boolean => code === known;
  const foreign = confidence < latinConfidence ? available.filter(({ code }) => otherScripts.has(code)) : [];
  const counted = available
    .map(language => ({ language, count: countWords(text, smallWords[language.code]) }))
    .filter(({ count }) => count >= fewestWords)
    .sort((one, other) => other.count - one.count);
  const most = counted[0]?.count ?? 0;
  const latin = counted.filter(({ count }) => count === most).map(({ language }) => language);
  const likely = [...foreign, ...latin];
  // A system seldom changes its language; what explained one screen of it is tried first.
  return [...available.filter(isKnown), ...likely.filter(language => !isKnown(language))];
}

function countWords(text: string, words: RegExp | undefined): number {
  return words === undefined ? 0 : new Set(text.match(words)).size;
}

/** Whether what one language has read shows that no other need be tried: it is that one, or there are no such letters at all. */
export function settlesLanguage({ code }: LanguageData, { boxes }: Pick<OpticalReading, 'boxes'>): boolean {
  if (code !== 'jpn') return false;
  const text = boxes.map(box => box.text).join('');
  const kana = text.match(/[\p{Script=Hiragana}\p{Script=Katakana}]/gu)?.length ?? 0;
  const han = text.match(/\p{Script=Han}/gu)?.length ?? 0;
  return kana + han < 2 || kana >= han;
}
