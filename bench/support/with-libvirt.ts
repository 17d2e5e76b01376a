import { Libvirt } from './libvirt.ts';
import { WarmServer } from './warm-server.ts';

/** A warm server and libvirt side by side; says what is missing where there is no libvirt, and measures nothing then. */
export async function withLibvirt(
  what: string,
  measure: (server: WarmServer, libvirt: Libvirt) => Promise<void>,
): Promise<void> {
  const libvirt = await Libvirt.open();
  if (typeof libvirt === 'string') {
    console.log(`\n${what}: not measured, ${libvirt}`);
    return;
  }
  await using peer = libvirt;
  await using server = await WarmServer.start();
  await measure(server, peer);
}
