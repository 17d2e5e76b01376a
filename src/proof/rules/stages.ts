import type { TextRule } from './rule.ts';

/** Stages that a boot passes through, however long they take. They end a proof only when its time is up. */
export const stageRules: readonly TextRule[] = [
  {
    id: 'disk-check-runs',
    state: 'disk_check',
    reason: 'A file system is being checked.',
    where: 'end',
    patterns: [
      // Checking in progress on 1 disk (12.3% complete)
      /\bChecking in progress on \d+ disks?\b/,
      /\b(?:has gone \d+ days without being checked|contains a file system with errors), check forced\b/,
      /^(?:\/dev\/\S+|\S+): (?:recovering journal|\|?[=-]* *\/? *\d+\.\d%)/,
      /^Pass \d[A-D]?: \S+/,
      // CHKDSK is verifying files (stage 1 of 3)...      Stage 1: Examining basic file system structure ...
      /^CHKDSK is verifying\b/,
      /^(?:Stage|Stufe|Phase|Etapa|[EÉ]tape|Fase) \d ?: \S+/,
      /^Checking file system on [A-Z]:/,
      /\b(?:Scanning and repairing drive|Reparatur von Laufwerk|Analyse et r[eé]paration du lecteur)\b/i,
      /\[[* ]+\] (?:\(\d+ of \d+\) )?(?:A start job is running for (?:\S+ - )?File System Check\b|Job systemd-fsck\S*\/start running\b)/,
    ],
    seconds: 0,
    still: false,
    passing: true,
  },
  {
    id: 'updates-run',
    state: 'updating',
    reason: 'The system installs updates.',
    where: 'end',
    patterns: [
      /\b(?:Working on updates|Getting (?:devices|Windows) ready|Configuring (?:Windows )?updates|Preparing to configure Windows)\b/i,
      /\b(?:Undoing changes made to your computer|Applying update operation|Installing updates?\b.*\d+ ?%)/i,
      /\bA start job is running for .*\b(?:[Oo]ffline|[Ss]ystem) [Uu]pdate/,
      /\bJob (?:packagekit-offline-update|system-update|dnf-system-upgrade|fwupd-offline-update)\S*\/start running\b/,
      /\bStarting (?:\S+ - )?(?:Offline System Update|Update the operating system whilst offline|DNF System Upgrade)\b/i,
      /^\[\d+\/\d+\] (?:upgrading|installing|updating) \S/i,
    ],
    seconds: 0,
    still: false,
    passing: true,
  },
];
