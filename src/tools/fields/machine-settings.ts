import { z } from 'zod';
import { acceleratorName } from '../../model/engine.ts';
import { machineLifetime, portForward, sharedFolder } from '../../model/hardware.ts';

/** What can be said about a machine when it is made and later on. */
export const machineSettings = {
  accelerator: z.enum(['auto', ...acceleratorName.options]).optional(),
  forwards: z.array(portForward).max(32).optional().describe('Ports of the host that lead into the guest.'),
  shares: z.array(sharedFolder).max(8).optional().describe('Folders of the host that the guest may mount.'),
  lifetime: machineLifetime.optional(),
};
