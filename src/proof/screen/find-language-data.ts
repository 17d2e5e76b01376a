import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Data of the optical recogniser for one language. */
export interface LanguageData {
  readonly code: string;
  readonly folder: string;
  readonly zipped: boolean;
}

/** Languages besides English that are read where their data is at hand; that of the last two is shipped. */
export const otherLanguages = ['deu', 'fra', 'spa', 'por', 'ita', 'jpn', 'chi_sim'] as const;

/** Where the program `tesseract` keeps its data. */
const systemFolders = [
  '/usr/share/tessdata',
  '/opt/homebrew/share/tessdata',
  '/usr/local/share/tessdata',
  'C:\\Program Files\\Tesseract-OCR\\tessdata',
];
/** Debian has a folder for each version below this one. */
const versionedFolder = '/usr/share/tesseract-ocr';

/** The data of the other languages that is at hand: in packages, in the given folders, or of the system's own recogniser. */
export function findLanguageData(
  folders: readonly string[] = [],
  languages: readonly string[] = otherLanguages,
): LanguageData[] {
  const all = [...folders, ...listVersions(), ...systemFolders];
  return languages.flatMap(code => findInPackage(code) ?? findInFolders(code, all) ?? []);
}

function listVersions(): string[] {
  try {
    const versions = readdirSync(versionedFolder).sort().reverse();
    return versions.map(version => join(versionedFolder, version, 'tessdata'));
  } catch {
    return [];
  }
}

function findInPackage(code: string): LanguageData | undefined {
  for (const find of [findBesideEnglish, findInstalled]) {
    try {
      const folder = find(code);
      const found = findInFolders(code, [join(folder, '4.0.0_best_int'), join(folder, '4.0.0')]);
      if (found) return found;
    } catch {
      // Not installed.
    }
  }
  return undefined;
}

// What is shipped stands beside the data for English, wherever that is.
function findBesideEnglish(code: string): string {
  return join(dirname(createRequire(import.meta.url).resolve('@tesseract.js-data/eng/package.json')), '..', code);
}

function findInstalled(code: string): string {
  return dirname(createRequire(import.meta.url).resolve(`@tesseract.js-data/${code}/package.json`));
}

function findInFolders(code: string, folders: readonly string[]): LanguageData | undefined {
  for (const folder of folders) {
    const file = join(folder, `${code}.traineddata`);
    if (existsSync(`${file}.gz`)) return { code, folder, zipped: true };
    if (existsSync(file)) return { code, folder, zipped: false };
  }
  return undefined;
}
