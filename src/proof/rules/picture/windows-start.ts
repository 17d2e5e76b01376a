import type { PictureFinding, PictureRule, PictureScene } from './picture-rule.ts';
import { findLine, hasText, readSceneText } from './scene-text.ts';
import { words } from './words.ts';

const statusCode = /[0o]x[ce][o0]{3,5}[0-9a-fo]{2,4}\b/;
const bootManager =
  /needs to be repaired|recovery environment|windows failed to start|windows boot manager|boot configuration data|bcd\b|winload|bootmgr|muss repariert werden|doit etre repare|debe repararse|necesita repararse|precisa(m)? ser reparado|deve essere ripristinato|修復する必要|需要修复/;
const repair =
  /automatic repair|diagnosing your (pc|device)|attempting repairs|startup (repair|settings)|(did ?n.t|not) start correctly|couldn.t repair|automatische reparatur|diagnose (des|ihres) pc|starthilfe|starteinstellungen|nicht ordnungsgem|reparation automatique|diagnosti[cq]\w* d[eu]\w* (votre )?pc|parametres (de demarrage)|n'a pas demarre correctement|reparacion automatica|diagnosticando|configuracion de inicio|no se inicio correctamente|reparo automatico|reparacao automatica|nao (foi iniciado|iniciou) corretamente|ripristino automatico|diagnosi del pc|impostazioni di avvio|non e stato avviato correttamente|自動修復|スタートアップ修復|スタートアップ設定|正しく起動しません|自动修复|正在诊断|启动设置|未正确启动/;
const options =
  /choose an option|option auswahlen|choisir une option|elegir una opcion|escolh(a|er) uma opcao|scegli un'opzione|オプションの選択|选择一个选项|选择选项|system recovery options/;
const troubleshoot =
  /troubleshoot|advanced options(?! for)|reset (this|your) pc|turn off your pc|problembehandlung|erweiterte optionen|depannage|options avancees|solucionar problemas|opciones avanzadas|solucao de problemas|opcoes avancadas|risoluzione (dei )?problemi|opzioni avanzate|トラブルシューティング|詳細オプション|疑难解答|高级选项|f1.{0,4}f9|safe mode|f8\)/;
const unlockPin =
  /(enter|geben sie|entrez|saisissez|introduzca|insira|immettere|inserire).{0,40}\bpin\b.{0,60}(drive|laufwerk|lecteur|unidad|unita)|PINを入力.*ドライブ|pinを入力.*ドライブ/;
const keyId = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-?/;
const recoveryKey = /(?:\d{6}[- ]){3,7}\d{6}/;
const scanning =
  /scanning and repairing|checking file system|chkdsk|stage \d (of|out of) \d|laufwerk .{0,24}(gescannt|repariert|uberpruft)|analyse et (de la )?reparation|analisis y reparacion|examinando y reparando|verificando e reparando|verificacao e reparo|analisi e ripristino|スキャンおよび修復|ドライブ.{0,12}(スキャン|修復)|扫描并修复|扫描和修复|checking (in progress|disks?\b.{0,20}\d)|fsck|file ?system check|dateisystem.{0,12}pruf/;
const driveAndShare = /\( ?[a-z] ?[:;.,]? ?\).{0,40}?(100|\d{1,2}) ?%/;

/** Where Windows stops or waits before it comes to its sign-in screen. */
export const windowsStartRules: readonly PictureRule[] = [
  {
    id: 'picture-bitlocker',
    state: 'bitlocker_recovery',
    certainty: 'certain',
    reason: 'Windows asks for the key or the PIN of an encrypted drive.',
    looksAt: 'Words for BitLocker or a recovery key, or for the PIN of a drive, with the id of a key or without bars.',
    seconds: 2,
    find: findBitlocker,
  },
  {
    id: 'picture-boot-manager-error',
    state: 'bootloader_error',
    certainty: 'certain',
    reason: 'The boot manager of Windows cannot start the system.',
    looksAt:
      'A status such as 0xc000000e with words for a repair or names of files of the boot manager, on a plain screen.',
    seconds: 2,
    find: findBootManagerError,
  },
  {
    id: 'picture-recovery',
    state: 'recovery',
    certainty: 'certain',
    reason: 'Windows has started its recovery environment.',
    looksAt: 'Words for an automatic repair, its choice of options or start-up settings, on a plain screen.',
    seconds: 2,
    find: findRecovery,
  },
  {
    id: 'picture-disk-check',
    state: 'disk_check',
    certainty: 'certain',
    reason: 'The system checks a disk before it goes on.',
    looksAt: 'Words for scanning and repairing, or a drive letter with a percentage, on a plain screen.',
    seconds: 1,
    find: scene => {
      if (scene.layout.dominant.share < 0.8) return undefined;
      const line = findLine(scene, scanning) ?? findLine(scene, driveAndShare);
      return line === undefined ? undefined : { line };
    },
  },
];

function findBitlocker(scene: PictureScene): PictureFinding | undefined {
  const isPlain = scene.layout.dominant.share > 0.6;
  const line = findLine(scene, words.bitlocker) ?? findLine(scene, unlockPin);
  if (line !== undefined && isPlain) return { line };
  const key = findLine(scene, recoveryKey) ?? findLine(scene, keyId);
  return key !== undefined && isPlain && scene.layout.blueShare > 0.4 ? { line: key } : undefined;
}

function findBootManagerError(scene: PictureScene): PictureFinding | undefined {
  if (scene.layout.dominant.share < 0.6) return undefined;
  const line = findLine(scene, statusCode);
  const isNamed = hasText(scene, bootManager) || hasText(scene, /\\(windows|efi|boot)\\|\.(exe|efi|sys)\b/);
  const isWordless = scene.layout.dominant.share > 0.8 && scene.layout.blueShare > 0.8;
  if (line === undefined || !(isNamed || isWordless)) return undefined;
  const code = statusCode.exec(line.toLowerCase())?.[0];
  return { line, stopCode: code && `0x${code.slice(2).replaceAll('o', '0')}` };
}

function findRecovery(scene: PictureScene): PictureFinding | undefined {
  if (scene.layout.dominant.share < 0.5) return undefined;
  const line = findLine(scene, repair);
  if (line !== undefined) return { line };
  const choice = findLine(scene, options);
  const more = findLine(scene, troubleshoot);
  if (choice !== undefined && more !== undefined) return { line: choice };
  // One of both, where nothing else is said, and in the colours of that environment.
  const isAlone = readSceneText(scene).raw.length <= 40 && scene.layout.blueShare > 0.4;
  return isAlone && (choice ?? more) !== undefined ? { line: choice ?? more } : undefined;
}
