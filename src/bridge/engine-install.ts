import path from 'node:path';
import type { ToolInput } from '../catalog/types.ts';
import { Fault } from '../errors/fault.ts';
import type { CallContext } from '../model/call.ts';
import type { DriverDisc, EngineInstallation } from '../model/engine-install.ts';
import type { PlanStep } from '../model/plan.ts';
import { type DriversRequest, fetchDrivers } from '../qemu/install/fetch-drivers.ts';
import { type EngineInstallRequest, installEngine, planInstallation } from '../qemu/install/install-engine.ts';
import { describeInstallHost } from '../qemu/install/install-host.ts';
import type { BridgeServices } from './bridge-services.ts';

const officialBuilds = 'https://qemu.weilnetz.de/w64/';
const stableDrivers = 'https://fedorapeople.org/groups/virt/virtio-win/direct-downloads/stable-virtio/virtio-win.iso';

type Input = ToolInput<'engine.install'>;
type DriversInput = ToolInput<'engine.drivers'>;

/** Installs QEMU on this host, as installEngine says. */
export async function engineInstall(
  services: BridgeServices,
  input: Input,
  call: CallContext,
): Promise<EngineInstallation> {
  return installEngine(await toInstallRequest(services, input, call));
}

export async function planEngineInstall(
  services: BridgeServices,
  input: Input,
  call: CallContext,
): Promise<PlanStep[]> {
  if (input.planOnly) return [];
  const step = await planInstallation(await toInstallRequest(services, input, call));
  if (step === undefined) return [];
  const { method, download, commandLines = [] } = step;
  const file = path.join(services.paths.cache, 'downloads', path.posix.basename(download?.url ?? ''));
  return [
    ...(download === undefined
      ? []
      : [
          { summary: `Download ${download.url}.`, file: { action: 'create' as const, path: file } },
          {
            summary: 'Unpack it, or run it, when its SHA-512 is the published one.',
            file: { action: 'write' as const, path: services.paths.engine },
          },
        ]),
    ...commandLines.map(command => ({ summary: `Install QEMU (${method}).`, command: [...command] })),
  ];
}

async function toInstallRequest(
  { configuration, paths }: BridgeServices,
  input: Input,
  call: CallContext,
): Promise<EngineInstallRequest> {
  const settings = configuration.engine ?? {};
  return {
    ...input,
    settings,
    host: await describeInstallHost(),
    engineFolder: paths.engine,
    cacheFolder: paths.cache,
    downloadUrl: settings.downloadUrl ?? officialBuilds,
    signal: call.signal,
    progress: update => call.progress(update),
  };
}

/** Fetches the driver disc, as fetchDrivers says. */
export async function engineDrivers(
  services: BridgeServices,
  input: DriversInput,
  call: CallContext,
): Promise<DriverDisc> {
  return fetchDrivers(toDriversRequest(services, input, call));
}

export async function planEngineDrivers(
  services: BridgeServices,
  input: DriversInput,
  call: CallContext,
): Promise<PlanStep[]> {
  if (input.planOnly) return [];
  const { url, file, bytes, volume } = await fetchDrivers({
    ...toDriversRequest(services, input, call),
    planOnly: true,
  });
  // Whoever knows its volume has read the file that is there.
  if (volume !== undefined) return [];
  const size = bytes === undefined ? '' : `, ${bytes} bytes`;
  return [{ summary: `Download ${url}${size}.`, file: { action: 'create', path: file } }];
}

function toDriversRequest(
  { configuration, paths }: BridgeServices,
  input: DriversInput,
  call: CallContext,
): DriversRequest {
  const settings = configuration.engine ?? {};
  const file = input.file ?? path.join(paths.drivers, 'virtio-win.iso');
  if (!path.isAbsolute(file)) {
    throw new Fault('invalid', `The path "${file}" is not absolute.`, {
      remedy: 'Name the file by its whole path.',
      data: { field: 'file' },
    });
  }
  return {
    planOnly: input.planOnly,
    url: settings.driversUrl ?? stableDrivers,
    file: path.normalize(file),
    sha512: input.sha512,
    signal: call.signal,
    progress: update => call.progress(update),
  };
}
