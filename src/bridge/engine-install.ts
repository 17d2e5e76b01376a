import path from 'node:path';
import type { ToolInput } from '../catalog/types.ts';
import { Fault } from '../errors/fault.ts';
import type { CallContext } from '../model/call.ts';
import type { DriverDisc, EngineInstallation } from '../model/engine-install.ts';
import { fetchDrivers } from '../qemu/install/fetch-drivers.ts';
import { installEngine } from '../qemu/install/install-engine.ts';
import { describeInstallHost } from '../qemu/install/install-host.ts';
import type { BridgeServices } from './bridge-services.ts';

const officialBuilds = 'https://qemu.weilnetz.de/w64/';
const stableDrivers = 'https://fedorapeople.org/groups/virt/virtio-win/direct-downloads/stable-virtio/virtio-win.iso';

/** Installs QEMU on this host, as installEngine says. */
export async function engineInstall(
  { configuration, paths }: BridgeServices,
  input: ToolInput<'engine.install'>,
  call: CallContext,
): Promise<EngineInstallation> {
  const settings = configuration.engine ?? {};
  return installEngine({
    ...input,
    settings,
    host: await describeInstallHost(),
    engineFolder: paths.engine,
    cacheFolder: paths.cache,
    downloadUrl: settings.downloadUrl ?? officialBuilds,
    signal: call.signal,
    progress: update => call.progress(update),
  });
}

/** Fetches the driver disc, as fetchDrivers says. */
export async function engineDrivers(
  { configuration, paths }: BridgeServices,
  input: ToolInput<'engine.drivers'>,
  call: CallContext,
): Promise<DriverDisc> {
  const settings = configuration.engine ?? {};
  const file = input.file ?? path.join(paths.drivers, 'virtio-win.iso');
  if (!path.isAbsolute(file)) {
    throw new Fault('invalid', `The path "${file}" is not absolute.`, {
      remedy: 'Name the file by its whole path.',
      data: { field: 'file' },
    });
  }
  return fetchDrivers({
    planOnly: input.planOnly,
    url: settings.driversUrl ?? stableDrivers,
    file: path.normalize(file),
    sha512: input.sha512,
    signal: call.signal,
    progress: update => call.progress(update),
  });
}
