import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { smallest } from '../../providers/qemu/support/machines.ts';
import { halt, panic, restart, sendSerial, showOnScreen } from '../../qemu/support/boot-sector.ts';
import type { FaultBench, FaultCase } from '../support/fault-case.ts';
import { mustMatch } from '../support/must-match.ts';

const tiny = { memoryBytes: 64 * 2 ** 20, cpus: 1, firmware: 'bios' };
const deaf = [...sendSerial('hello'), ...halt];

async function run(bench: FaultBench, code: readonly number[] = deaf): Promise<void> {
  await bench.call('vm.create', { name: 'm', image: bench.writeDisk('guest.raw', code), ...smallest });
  await bench.call('vm.start', { vm: 'm' });
}

const prove = (bench: FaultBench, code: readonly number[], limitSeconds = 30) => ({
  id: 'image.prove',
  input: { image: bench.writeDisk('guest.raw', code), ...tiny, limitSeconds },
});

const withoutAgent: Pick<FaultCase, 'seconds' | 'expect'> = {
  seconds: 30,
  expect: { code: 'unavailable', remedy: /qemu-guest-agent|guest agent/i },
};

export const guestFaults: readonly FaultCase[] = [
  {
    name: 'There is no agent in the guest, and a program is to run',
    done: 'How to install it',
    arrange: async bench => {
      await run(bench);
      return { id: 'vm.exec', input: { vm: 'm', command: 'uname' } };
    },
    ...withoutAgent,
  },
  {
    name: 'There is no agent in the guest, and a file is to be copied',
    done: 'How to install it',
    arrange: async bench => {
      await run(bench);
      return { id: 'vm.copy', input: { vm: 'm', direction: 'toGuest', source: bench.disk, target: '/tmp/x' } };
    },
    ...withoutAgent,
  },
  {
    name: 'There is no agent in the guest, and it is waited for',
    done: 'Ends when the time is over',
    arrange: async bench => {
      await run(bench);
      return { id: 'vm.wait', input: { vm: 'm', for: 'agent', timeoutSeconds: 2 } };
    },
    seconds: 15,
    expect: { code: 'timeout', message: /agent/, remedy: /./ },
  },
  {
    name: 'The guest never shows a login prompt',
    done: 'Ends when the time is over',
    arrange: async bench => {
      await run(bench);
      return { id: 'vm.wait', input: { vm: 'm', for: 'login', timeoutSeconds: 2 } };
    },
    seconds: 15,
    expect: { code: 'timeout', message: /login/, remedy: /./ },
  },
  {
    name: 'The machine ends while its login prompt is waited for',
    done: 'Told at once, not when the time is over',
    arrange: async bench => {
      await run(bench);
      const stopping = delay(1000).then(() => bench.call('vm.stop', { vm: 'm', force: true }));
      bench.defer(() => stopping);
      return { id: 'vm.wait', input: { vm: 'm', for: 'login', timeoutSeconds: 60 } };
    },
    seconds: 15,
    changesFiles: true,
    expect: { code: 'conflict', field: 'vm', remedy: /vm\.start/ },
  },
  {
    name: 'A port is waited for that is not forwarded',
    done: 'Ends when the time is over, and says so; forward it with vm.configure',
    arrange: async bench => {
      await run(bench);
      return { id: 'vm.wait', input: { vm: 'm', for: 'port', port: 22, timeoutSeconds: 2 } };
    },
    seconds: 15,
    expect: { code: 'timeout', message: /not forwarded/, remedy: /timeoutSeconds/ },
  },
  {
    name: 'A key that there is not',
    done: 'The key is named, with those that are near',
    arrange: async bench => {
      await run(bench);
      return { id: 'vm.sendKeys', input: { vm: 'm', keys: ['ctrl-alt-delte'] } };
    },
    seconds: 10,
    expect: { code: 'invalid', field: 'keys.0', message: /delte/, remedy: /delete/ },
  },
  {
    name: 'A character that the keyboard layout lacks',
    done: 'Nothing is typed; the character is named',
    arrange: async bench => {
      await run(bench);
      return { id: 'vm.type', input: { vm: 'm', text: 'naïve 日本' } };
    },
    seconds: 10,
    expect: { code: 'invalid', field: 'text', remedy: /layout/ },
  },
  {
    name: 'The guest ignores the power button',
    done: 'It is switched off when its time is over',
    arrange: async bench => {
      await run(bench);
      return { id: 'vm.stop', input: { vm: 'm', timeoutSeconds: 1 } };
    },
    seconds: 20,
    expect: {
      told: 'method `quit`',
      check: ({ method, machine }) => mustMatch(`${method} ${machine.state}`, /^quit stopped$/),
    },
  },
  {
    name: 'QEMU itself hangs, and the machine is to be stopped',
    done: 'Its process is ended',
    arrange: async bench => {
      await run(bench);
      const { machine } = await bench.call('vm.get', { vm: 'm' });
      process.kill(machine.processId, 'SIGSTOP');
      return { id: 'vm.stop', input: { vm: 'm', force: true } };
    },
    seconds: 40,
    expect: {
      told: 'method `kill`',
      check: ({ method, machine }) => mustMatch(`${method} ${machine.state}`, /^kill (stopped|failed)$/),
    },
  },
  {
    name: 'The guest panics while an image is proved',
    done: 'The image does not boot',
    arrange: bench => prove(bench, [...showOnScreen('OOPS'), ...panic, ...halt]),
    seconds: 60,
    expect: { told: 'verdict `kernel_panic`', check: ({ verdict }) => mustMatch(verdict.state, /^kernel_panic$/) },
  },
  {
    name: 'The guest restarts for ever',
    done: 'Stopped after some restarts',
    arrange: bench => prove(bench, [...sendSerial('again'), ...restart, ...halt]),
    seconds: 60,
    expect: {
      told: 'verdict `reboot_loop`',
      check: ({ verdict }) => mustMatch(`${verdict.state} ${verdict.rule}`, /^reboot_loop reboot-loop$/),
    },
  },
  {
    name: 'The guest falls over its own interrupts (triple fault)',
    done: 'Stopped after some restarts',
    // lidt [0x600], where zeros are; int3
    arrange: bench =>
      prove(bench, [0x0f, 0x01, 0x1e, 0x00, 0x06, 0x0f, 0x20, 0xc0, 0x0c, 0x01, 0x0f, 0x22, 0xc0, 0xcc, ...halt]),
    seconds: 60,
    expect: {
      told: 'verdict `reboot_loop`',
      check: ({ verdict }) => mustMatch(`${verdict.state} ${verdict.rule}`, /^reboot_loop reboot-loop$/),
    },
  },
  {
    name: 'Nothing on the disk boots',
    done: 'The image does not boot',
    arrange: bench => ({ id: 'image.prove', input: { image: blank(bench), ...tiny, limitSeconds: 30 } }),
    seconds: 60,
    expect: { told: 'verdict `no_boot_device`', check: ({ verdict }) => mustMatch(verdict.state, /^no_boot_device$/) },
  },
];

function blank(bench: FaultBench): string {
  writeFileSync(bench.at('blank.raw'), Buffer.alloc(2 ** 20));
  return bench.at('blank.raw');
}
