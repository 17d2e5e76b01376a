import { describe, expect, it } from 'vitest';
import { chooseLanguages, settlesLanguage } from '../../../src/proof/screen/choose-languages.ts';

const available = ['deu', 'fra', 'spa', 'por', 'ita', 'jpn', 'chi_sim'].map(code => ({
  code,
  folder: '/data',
  zipped: true,
}));
const choose = (lines: string[], confidence: number, known?: string): string[] =>
  chooseLanguages({ lines, confidence }, available, known).map(({ code }) => code);

describe('the languages that a screen is read in besides English', () => {
  it('are none where there are no letters, or English letters only', () => {
    expect(choose([], 0)).toEqual([]);
    expect(choose(['', '   '], 0.2)).toEqual([]);
    expect(choose(['Ready to go', 'Setup will continue now'], 0.95)).toEqual([]);
  });

  it('are those of other scripts where English is unsure', () => {
    expect(choose(['BEES ERA RLF CHOETT', 'FL TOS'], 0.35)).toEqual(['jpn', 'chi_sim']);
  });

  it.each([
    ['deu', ['Der Computer wird neu gestartet und die', 'Daten sind nicht mehr da.']],
    ['fra', ['Nous collectons des informations sur les erreurs et', 'nous redémarrons le PC pour vous.']],
    ['spa', ['El equipo se reinicia para usar los cambios', 'que ha hecho.']],
    ['por', ['O computador será reiniciado para usar as', 'alterações. Não o desligue.']],
    ['ita', ['Il computer viene riavviato per usare gli', 'aggiornamenti della versione.']],
  ])('are %s where its small words are', (code, lines) => {
    expect(choose(lines, 0.9)[0]).toBe(code);
    expect(choose(lines, 0.9).length).toBeLessThanOrEqual(2);
  });

  it('begin with the one that has explained a screen before', () => {
    expect(choose(['BEES ERA RLF CHOETT'], 0.35, 'chi_sim')).toEqual(['chi_sim', 'jpn']);
    expect(choose(['Ready to go'], 0.95, 'deu')).toEqual(['deu']);
  });

  it('end with Japanese where it is Japanese, or no such script', () => {
    const reads = (text: string, code = 'jpn'): boolean => {
      const box = { text, left: 0, top: 0, width: 9, height: 9, confidence: 0.9 };
      return settlesLanguage({ code, folder: '/data', zipped: true }, { boxes: [box] });
    };
    expect(reads('デバイスを準備しています')).toBe(true);
    expect(reads('Photo 12')).toBe(true);
    expect(reads('正在准备设各')).toBe(false);
    expect(reads('デバイス', 'chi_sim')).toBe(false);
  });
});
