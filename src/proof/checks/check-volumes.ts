import { z } from 'zod';
import type { DiskVolume } from '../../disk/guest/find-volumes.ts';
import { plainText } from '../../disk/guest/plain-text.ts';
import { biosBootType } from '../../disk/tables/type-names.ts';
import { Fault } from '../../errors/fault.ts';
import type { CheckResult } from '../../model/check.ts';
import type { CheckLimits, CheckRun, Finding } from './check-context.ts';
import { conductCheck } from './conduct-check.ts';
import type { AgentLine } from './guest/agent-line.ts';
import type { ImageView } from './guest/image-view.ts';
import { examineVolume } from './volumes/examine-volume.ts';

// Partitions that are not there for files: tables within the table, room for boot code, what Windows and its kin reserve.
const withoutFiles = new Set([
  ...['0x05', '0x0f', '0x85', '0xc5', '0xee', '0x41'],
  biosBootType,
  'e3c9e316-0b5c-4db8-817d-f92df00215ae',
  'd3bfe2de-3daf-11df-ba40-e3a556d89593',
  '8da63339-0007-60c0-c436-083ac8230908',
]);
const kindsWithoutFiles = new Set(['swap', 'ext-journal']);
const mostVolumes = 128;
const mostMounts = 16;

/**
 * Whether the volumes of the image are readable and clean, a result for each: by the image alone, so that it does not matter
 * what the boot has made of it. Where a guest agent answers, what the guest has mounted is told as well.
 */
export async function checkVolumes(
  view: ImageView,
  line: AgentLine | undefined,
  limits: CheckLimits,
  context: CheckRun,
): Promise<CheckResult[]> {
  const { workSeconds } = limits;
  let volumes: readonly DiskVolume[] = [];
  const whole = await conductCheck('volumes', workSeconds, context, async signal => {
    const open = await view.open(signal);
    volumes = open.volumes.filter(hasFiles);
    return describeImage(volumes, open.warnings);
  });
  const results = whole.passed ? [] : [whole];
  for (const volume of volumes.slice(0, mostVolumes)) {
    results.push(await conductCheck(nameVolume(volume), workSeconds, context, signal => examineVolume(volume, signal)));
  }
  const mounted =
    line && (await conductCheck('mounted volumes', workSeconds, context, signal => listMounts(line, signal)));
  return mounted === undefined || mounted.detail === '' ? results : [...results, mounted];
}

function hasFiles({ entry, kind }: DiskVolume): boolean {
  return !withoutFiles.has(entry?.type ?? '') && !kindsWithoutFiles.has(kind?.fileSystem ?? '');
}

function describeImage(volumes: readonly DiskVolume[], warnings: readonly string[]): Finding {
  const problems = [
    ...warnings.slice(0, 8),
    ...(volumes.length === 0 ? ['The image has no volume that holds files.'] : []),
    ...(volumes.length > mostVolumes
      ? [`Only the first ${mostVolumes} volumes of ${volumes.length} are checked.`]
      : []),
  ];
  return { passed: problems.length === 0, detail: problems.join(' ') };
}

function nameVolume({ name, kind }: DiskVolume): string {
  if (kind === undefined) return name;
  return kind.label === undefined
    ? `${name} (${kind.fileSystem})`
    : `${name} (${kind.fileSystem}, ${plainText(kind.label)})`;
}

const mountsShape = z.array(z.object({ mountpoint: z.string(), type: z.string() }));

/** Nothing to tell where no agent answers, or not about this. */
async function listMounts(line: AgentLine, signal: AbortSignal): Promise<Finding> {
  const withAgent = await line.find(0, signal);
  const raw = await withAgent?.(agent => agent.execute('guest-get-fsinfo', {}, { signal }), { signal }).catch(
    (error: unknown) => {
      if (!signal.aborted && error instanceof Fault && error.code !== 'host_fault') return undefined;
      throw error;
    },
  );
  const mounts = mountsShape.safeParse(raw).data ?? [];
  if (mounts.length === 0) return { passed: true, detail: '' };
  const shown = mounts.slice(0, mostMounts).map(({ mountpoint, type }) => `${mountpoint} (${type})`);
  const more = mounts.length > shown.length ? ` and ${mounts.length - shown.length} more` : '';
  return { passed: true, detail: `The guest has mounted ${plainText(`${shown.join(', ')}${more}`)}, says its agent.` };
}
