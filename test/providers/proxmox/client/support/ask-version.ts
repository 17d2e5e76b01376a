// Asks the address of its argument for its version, with the authorities of the system alone.
import { ProxmoxClient } from '../../../../../src/providers/proxmox/client/client.ts';

const [, , address = ''] = process.argv;
const host = { name: 'lab', provider: 'proxmox', addresses: [address], user: 'a@pve', tokenId: 'b', credential: 'c' };
const client = new ProxmoxClient({ host, readSecret: async () => 'secret' });
try {
  process.stdout.write((await client.version(new AbortController().signal)).version);
} catch (error) {
  process.stdout.write(String(error));
} finally {
  await client.close();
}
