import type { PictureFinding, PictureRule, PictureScene } from './picture-rule.ts';
import { findLine, hasText, readSceneText } from './scene-text.ts';
import { readStopCode } from './stop-code.ts';

const problem =
  /ran into a problem|needs to restart|problem aufgetreten|auf ein problem gesto|a rencontre un probleme|ha tenido un problema|tiene un problema|encontrou um problema|teve um problema|si e verificato un problema|riscontrato un problema|問題が発生|遇到问题|出现问题|遇到問題/;
const stopWord =
  /stop ?-? ?code|stillstandcode|stoppcode|code d'arret|codigo de (detencion|parada)|codigo de interrupcao|codice (di )?(interruzione|arresto|errore)|停止コード|终止代码|停止代码/;
const failedWord =
  /what failed|fehlerursache|fehlgeschlagen|cause de l'echec|elemento (con error|que fallo)|o que falhou|operazione non riuscita|失敗した内容|失败的操作|失败的内容/;
const oldWords =
  /a problem has been detected and windows|physical memory dump|beginning dump|technical information|collecting data for crash/;
const oldCode = /st[o0]p ?:? *\(?[0o]x ?[0-9a-fo]{7,8}/;
const moduleName = /[A-Za-z0-9_.-]{2,40}\.(?:sys|exe|dll)\b/i;
const percent = /(?<!\d)(100|\d{1,2}) ?%/;

/** Stop screens of Windows: with a face, with a code for a phone's camera, black or green ones, and the old ones of text. */
export const blueScreenRules: readonly PictureRule[] = [
  {
    id: 'picture-stop-screen',
    state: 'blue_screen',
    certainty: 'certain',
    reason: 'Windows has stopped with an error.',
    looksAt:
      'A screen of one colour with two of: a stop code in capitals, a QR code, words for a problem or for a stop code, a percentage with one of these.',
    seconds: 1,
    find: findStopScreen,
  },
  {
    id: 'picture-stop-text',
    state: 'blue_screen',
    certainty: 'certain',
    reason: 'Windows has stopped with an error.',
    looksAt: 'The line “STOP: 0x…” on a screen of one colour.',
    seconds: 1,
    find: scene => {
      const line = findLine(scene, oldCode);
      const isAlone = scene.layout.blueShare > 0.5 || hasText(scene, oldWords);
      return line !== undefined && isAlone && isPlain(scene) ? describe(scene, line) : undefined;
    },
  },
];

function isPlain({ layout }: PictureScene): boolean {
  return layout.dominant.share > 0.6;
}

function findStopScreen(scene: PictureScene): PictureFinding | undefined {
  if (!isPlain(scene)) return undefined;
  const { raw } = readSceneText(scene);
  const code = readStopCode(raw);
  const isNamed = code !== undefined && !code.startsWith('0x');
  const line = findLine(scene, stopWord) ?? findLine(scene, problem);
  const hasProblem = hasText(scene, problem);
  const hasStop = hasText(scene, stopWord);
  const signs = [isNamed, scene.layout.qrCode !== undefined, hasProblem, hasStop, isNamed && hasText(scene, percent)];
  // A code and a percentage on plain blue need no letter of any language.
  const isWordless = scene.layout.qrCode !== undefined && hasText(scene, percent) && scene.layout.blueShare > 0.5;
  if (signs.filter(Boolean).length < 2 && !isWordless) return undefined;
  return describe(scene, line ?? code);
}

function describe(scene: PictureScene, line: string | undefined): PictureFinding {
  const { raw } = readSceneText(scene);
  const failedLine = findLine(scene, failedWord) ?? raw.find(text => /\.(sys|exe|dll)\b/i.test(text));
  const failedModule = moduleName.exec(failedLine ?? '')?.[0];
  return { line, stopCode: readStopCode(raw), failedModule };
}
