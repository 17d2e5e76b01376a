import type { TextRule } from './rule.ts';

/** 0xc000000e: also as File, Status or Error code, in whatever language stands before it. */
const bootStatus = /\b(0xc0(?:000[0-9a-f]{3}|210000)|0xc0000[0-9a-f]{3})\b/i;

/** INACCESSIBLE_BOOT_DEVICE and its kin: the disk was found by the boot loader and not by the system. */
const missingDriver = /\b0x0{0,6}7b\b|\bINACCESSIBLE_BOOT_DEVICE\b/i;

const stopCode =
  /(?:\*\*\* STOP: |\bStop ?code: ?|\bstillstandscode: ?|\barr[eê]t ?: ?|\bdetenci[oó]n: ?)([A-Z0-9_]{4,}|0x[0-9A-F]+)/i;
const stopName = /^\W*([A-Z][A-Z0-9]+(?:_[A-Z0-9]+){1,})\W*$/;
const failedModule = /([\w.-]{1,40}\.(?:sys|dll|exe))\b/i;

const stop = {
  state: 'blue_screen',
  where: 'anywhere',
  seconds: 1,
  still: false,
  module: failedModule,
  sources: ['screen'],
} as const;

const stopPatterns = [
  /^\*\*\* STOP: 0x[0-9A-F]{8}/i,
  /\bran into a problem and needs to restart\b/i,
  /^A problem has been detected and Windows has been shut down\b/i,
  /\bStop ?code: ?\S/i,
];

/** Text screens of Windows and its boot manager; its graphical ones are told by rules about pictures. */
export const windowsRules: readonly TextRule[] = [
  {
    ...stop,
    id: 'windows-stop-boot-device',
    reason: 'Windows stopped since it can not reach its own disk: it has no driver for the way the disk is attached.',
    patterns: stopPatterns,
    with: missingDriver,
    code: stopCode,
    driver: true,
  },
  {
    ...stop,
    id: 'windows-stop',
    reason: 'Windows stopped with a stop code (blue screen).',
    patterns: stopPatterns,
    code: stopCode,
  },
  {
    ...stop,
    id: 'windows-stop-named',
    reason: 'Windows stopped with a stop code (blue screen).',
    // The second line of the old screen: DRIVER_IRQL_NOT_LESS_OR_EQUAL
    patterns: [stopName],
    with: /\b0x[0-9A-F]{8}\b.*\(0x[0-9A-F]{8,16},/i,
    code: stopName,
  },
  {
    id: 'bitlocker-recovery-text',
    state: 'bitlocker_recovery',
    reason: 'The disk is encrypted with BitLocker, which asks for its recovery key.',
    where: 'anywhere',
    patterns: [/\bBitLocker\b/i],
    with: /\b(?:recovery key|Wiederherstellungsschl|cl[eé] de r[eé]cup|clave de recup|chave de recup|chiave di ripri|回復キー|恢复密钥)/i,
    seconds: 2,
    still: true,
    sources: ['screen'],
  },
  {
    id: 'windows-boot-sector',
    state: 'bootloader_error',
    reason: 'The Windows boot sector could not find or use the boot manager.',
    where: 'end',
    patterns: [
      /^(?:BOOTMGR|NTLDR) (?:is (?:missing|compressed)|fehlt|ist komprimiert|est (?:manquant|compress)|falta|no se encuentra|ausente|mancante|est[aá] (?:ausente|comprimido))/i,
      /^BOOTMGR image is corrupt/,
      /^A disk read error occurred\b/,
      /^NTDETECT failed\b/,
    ],
    seconds: 2,
    still: false,
  },
  {
    id: 'windows-boot-manager',
    state: 'bootloader_error',
    reason: 'The Windows boot manager could not start Windows.',
    where: 'anywhere',
    patterns: [
      /\b(?:Status|Error ?code|Fehlercode|File|Datei|Info|Code d'erreur|[EÉ]tat|Estado|Stato|C[oó]digo de error|Codice errore)\b.*\b0xc00000(?:0e|0f|98|e9|01|34)\b/i,
      /\b(?:Status|Error ?code|Fehlercode|[EÉ]tat|Estado|Stato)\b.*\b0xc000(?:0225|014c|0221|0605|0428|0185|0017)\b/i,
      /\bYour (?:PC|device|PC\/Device) needs to be repaired\b/i,
      /\bAn operating system wasn't found\b/i,
      /^Windows failed to start\. A recent hardware or software change\b/i,
    ],
    code: bootStatus,
    seconds: 2,
    still: false,
    sources: ['screen'],
  },
  {
    id: 'windows-error-recovery',
    state: 'recovery',
    reason: 'Windows did not start the last time and offers ways to repair it.',
    where: 'anywhere',
    patterns: [/^Windows Error Recovery\b/i, /\bLaunch Startup Repair\b/i],
    seconds: 35,
    still: true,
    sources: ['screen'],
  },
];
