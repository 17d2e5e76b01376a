import { describe, expect, it } from 'vitest';
import { halt, sendSerial, showOnScreen } from '../../qemu/support/boot-sector.ts';
import { eventually, Workbench } from '../../qemu/support/run-guest.ts';
import { missingContracts } from '../../support/proxmox/contract-server.ts';
import { openMachineBench } from './support/machine-bench.ts';

const missing = missingContracts();
const web = 'proxmox:lab/100';

describe.skipIf(missing !== undefined)(`a text screen at Proxmox VE ${missing ?? ''}`, () => {
  it('is read', async () => {
    const workbench = await Workbench.open();
    const bench = await openMachineBench({ version: '9.2' });
    try {
      const disk = await workbench.writeDisk('text.img', [...showOnScreen('web login: '), ...sendSerial('!'), ...halt]);
      const guest = await workbench.start(disk, { machine: 'pc', bus: 'ide' });
      await eventually(async () => (await guest.serial()).includes('!'));
      const { width, height, rgb } = await guest.screendump();
      const shown = bench.server.screen(100);
      shown.resize(width, height);
      shown.paint((x, y) => Buffer.from(rgb.buffer, rgb.byteOffset + (y * width + x) * 3, 3).readUIntBE(0, 3));
      const { text, textMethod } = await bench.run('vm.screenshot', { vm: web, text: true });
      expect(textMethod).toBe('glyph');
      expect(text?.join('\n')).toContain('web login:');
    } finally {
      await bench[Symbol.asyncDispose]();
      await workbench.close();
    }
  }, 30_000);
});
