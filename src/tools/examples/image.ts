import type { ImageInspection } from '../../model/image.ts';
import type { ProofResult } from '../../model/proof.ts';

export const inspectionExample: ImageInspection = {
  path: '/backups/web.vhdx',
  format: 'vhdx',
  variant: 'dynamic',
  virtualSize: 10_737_418_240,
  fileSize: 1_887_436_800,
  sectorSize: 512,
  parents: [],
  layers: [
    {
      path: '/backups/web.vhdx',
      format: 'vhdx',
      variant: 'dynamic',
      virtualSize: 10_737_418_240,
      fileSize: 1_887_436_800,
      sectorSize: 512,
      blockSize: 33_554_432,
      dataId: '6f7c2c3e-52a5-4a43-9b1c-7d0c5f1e2a90',
      log: { state: 'clean', offset: 1_048_576, length: 1_048_576, entries: [], totalEntries: 0 },
      allocation: { blocks: 320, present: 56, partlyPresent: 0, zero: 264, allocatedBytes: 1_879_048_192 },
    },
  ],
  partitionTable: 'gpt',
  partitions: [
    {
      number: 1,
      start: 1_048_576,
      size: 104_857_600,
      type: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
      typeName: 'EFI System',
      active: false,
      fileSystem: 'fat32',
    },
    {
      number: 2,
      start: 105_906_176,
      size: 10_630_447_104,
      type: '0FC63DAF-8483-4772-8E79-3D69D8477DE4',
      typeName: 'Linux filesystem',
      active: false,
      fileSystem: 'ext4',
      label: 'root',
    },
  ],
  efiBootFiles: ['/EFI/BOOT/BOOTX64.EFI'],
  firmware: 'uefi',
  system: {
    family: 'linux',
    name: 'Debian GNU/Linux 12 (bookworm)',
    architecture: 'x86_64',
    evidence: ['/etc/os-release on partition 2'],
  },
  bootable: true,
  obstacles: [],
};

const identity = {
  path: '/backups/web.vhdx',
  size: 1_887_436_800,
  modified: '2026-02-28T22:04:11.000Z',
  sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
};
export const sourceExample = { before: identity, after: identity, unchanged: true };
const verdict = {
  state: 'login' as const,
  rule: 'text-login-prompt',
  certainty: 'certain' as const,
  reason: 'A login prompt stands on the screen.',
  source: 'screen' as const,
  line: 'web login:',
  passed: true,
};

export const proofExample: ProofResult = {
  id: 'web-20260301-120000',
  passed: true,
  verdict,
  passOn: ['login', 'graphical_login', 'desktop', 'agent_ready'],
  checks: [],
  image: sourceExample,
  parents: [],
  unchanged: true,
  firmware: 'uefi',
  machine: 'q35',
  bus: 'ahci',
  accelerator: 'kvm',
  limitSeconds: 300,
  trials: [
    { accelerator: 'kvm', usable: true, reason: 'The trial guest ran at the expected speed.', milliseconds: 310 },
  ],
  attempts: [
    {
      firmware: 'uefi',
      machine: 'q35',
      bus: 'ahci',
      accelerator: 'kvm',
      memoryBytes: 2_147_483_648,
      verdict,
      decisive: true,
      seconds: 9.8,
    },
  ],
  timeline: [
    { at: 0.4, phase: 'firmware', message: 'The firmware runs.' },
    { at: 9.8, phase: 'verdict', message: 'A login prompt stands on the screen.' },
  ],
  signals: [{ at: 9.6, kind: 'rule', message: 'text-login-prompt (screen) begins to hold: web login:' }],
  screenshots: [{ path: '/evidence/web-20260301-120000/verdict.png', at: 9.8, phase: 'verdict' }],
  screenText: ['Debian GNU/Linux 12 web tty1', '', 'web login:'],
  screenMethod: 'glyph',
  evidenceFolder: '/evidence/web-20260301-120000',
  qemuVersion: '7.2.22',
  startedAt: '2026-03-01T12:00:00.000Z',
  endedAt: '2026-03-01T12:00:12.000Z',
  durationSeconds: 12,
  warnings: [],
};
