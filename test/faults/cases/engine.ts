import { smallest } from '../../providers/qemu/support/machines.ts';
import { halt, obeyPowerButton, restFor, sendSerial, showOnScreen } from '../../qemu/support/boot-sector.ts';
import { failLater } from '../../support/stand-in-qemu.ts';
import { CannotArrange, type FaultBench, type FaultCase, type FaultPlace } from '../support/fault-case.ts';
import { mustMatch } from '../support/must-match.ts';
import { realEngine, refuse, serveChannel, standIn } from '../support/stand-in.ts';

const tiny = { memoryBytes: 64 * 2 ** 20, cpus: 1, firmware: 'bios' };
const boot = ({ disk }: FaultPlace, more = {}) => ({ id: 'image.boot', input: { image: disk, ...tiny, ...more } });
const prove = (image: string, more = {}) => ({
  id: 'image.prove',
  input: { image, ...tiny, limitSeconds: 20, ...more },
});

/** Has the server see empty folders. Needs root, in a name space of its own. */
const hide = (...folders: string[]) => {
  const mounts = folders.map(folder => `if [ -d ${folder} ]; then mount -t tmpfs tmpfs ${folder} || exit 1; fi`);
  return ['unshare', '--mount', 'sh', '-c', `${mounts.join('; ')}; exec "$@"`, 'sh'];
};

function requireRoot(): void {
  if (process.getuid?.() !== 0) throw new CannotArrange('hiding folders needs root');
}

export const engineFaults: readonly FaultCase[] = [
  {
    name: 'QEMU is not where the configuration says',
    done: 'Correct or remove the setting',
    configure: ({ at }) => ({ engine: { system: at('gone') } }),
    arrange: place => boot(place),
    seconds: 10,
    expect: { code: 'unavailable', message: /gone/, remedy: /setting "system"/ },
  },
  {
    name: 'The configured QEMU is another program',
    done: 'Install QEMU, with the command',
    configure: ({ writeProgram }) => ({ engine: { system: writeProgram('qemu-system-x86_64', 'echo I am a teapot') } }),
    arrange: place => boot(place),
    seconds: 10,
    expect: { code: 'unavailable', message: /did not answer like QEMU/, remedy: /./ },
  },
  {
    name: 'The configured QEMU is another program, asked for by an assistant',
    done: 'The same over MCP',
    door: 'mcp',
    configure: ({ writeProgram }) => ({ engine: { system: writeProgram('qemu-system-x86_64', 'echo I am a teapot') } }),
    arrange: place => boot(place),
    seconds: 20,
    expect: { code: 'unavailable', message: /did not answer like QEMU/, remedy: /./ },
  },
  {
    name: 'QEMU crashes when it is asked for its version',
    done: 'Install QEMU again, with the command',
    configure: ({ writeProgram }) => ({ engine: { system: writeProgram('qemu-system-x86_64', 'kill -SEGV $$') } }),
    arrange: place => boot(place),
    seconds: 10,
    expect: { code: 'unavailable', message: /SIGSEGV/, remedy: /./ },
  },
  {
    name: 'QEMU is too old (5.2)',
    done: 'The version that is needed, and the command that installs one',
    configure: ({ writeProgram }) => ({
      engine: {
        system: writeProgram('qemu-system-x86_64', 'echo "QEMU emulator version 5.2.0 (Debian 1:5.2+dfsg-11)"'),
      },
    }),
    arrange: place => boot(place),
    seconds: 10,
    expect: { code: 'unavailable', message: /5\.2.*6\.0 or later/, remedy: /./ },
  },
  {
    name: 'qemu-img is not where the configuration says',
    done: 'Correct or remove the setting',
    configure: ({ at }) => ({ engine: { img: at('gone') } }),
    arrange: place => boot(place),
    seconds: 10,
    expect: { code: 'unavailable', message: /qemu-img.*gone/, remedy: /setting "img"/ },
  },
  {
    name: 'qemu-img crashes while it copies',
    done: 'Nothing of the copy stays; try again',
    configure: ({ writeProgram }) => ({
      engine: { img: writeProgram('qemu-img', '[ $1 = convert ] && kill -ABRT $$; exec qemu-img "$@"') },
    }),
    arrange: ({ disk, at }) => ({ id: 'image.convert', input: { image: disk, target: at('copy.qcow2') } }),
    seconds: 10,
    expect: { code: 'host_fault', reason: 'ended', message: /SIGABRT/, remedy: /Try again/ },
  },
  {
    name: 'qemu-img crashes before a machine is started',
    done: 'No machine, no folder; try again',
    configure: ({ writeProgram }) => ({ engine: { img: writeProgram('qemu-img', 'kill -SEGV $$') } }),
    arrange: place => boot(place),
    seconds: 10,
    expect: { code: 'host_fault', message: /SIGSEGV/, remedy: /[Tt]ry again/ },
  },
  {
    name: 'qemu-img hangs, and the call is given up',
    done: 'qemu-img is ended, the copy removed',
    configure: ({ writeProgram }) => ({
      engine: { img: writeProgram('qemu-img', '[ $1 = convert ] && exec sleep 600; exec qemu-img "$@"') },
    }),
    arrange: ({ disk, at }) => ({
      id: 'image.convert',
      input: { image: disk, target: at('copy.qcow2') },
      cancelAfter: 2000,
    }),
    seconds: 10,
    expect: { code: 'cancelled', remedy: /again/ },
  },
  {
    name: 'UEFI firmware is missing',
    done: 'The command that installs it',
    wrap: hide('/usr/share/OVMF', '/usr/share/ovmf', '/usr/share/qemu', '/usr/share/edk2', '/usr/share/edk2-ovmf'),
    arrange: place => {
      requireRoot();
      return boot(place, { firmware: 'uefi' });
    },
    seconds: 30,
    expect: { code: 'unavailable', message: /OVMF/, remedy: /ovmf|edk2/i },
  },
  {
    name: "QEMU's own firmware files are missing (SeaBIOS)",
    done: 'Install the package that has them',
    wrap: hide('/usr/share/seabios'),
    arrange: place => {
      requireRoot();
      return boot(place);
    },
    seconds: 30,
    expect: { code: 'unavailable', reason: 'firmware_missing', remedy: /seabios/ },
  },
  {
    name: 'The build of QEMU lacks a device',
    done: 'Install a complete build',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is bash.
    configure: standIn('if [ $isTrial = 0 ]; then set -- "${@//ide-hd/nosuch-hd}"; fi'),
    arrange: place => boot(place),
    seconds: 20,
    expect: { code: 'unsupported', reason: 'engine_build', remedy: /complete build/ },
  },
  {
    name: 'The build of QEMU lacks VNC',
    done: 'The machine runs without; use vm.screenshot',
    configure: standIn(`case "$all" in *-vnc*) ${refuse('-vnc: invalid option')};; esac`),
    arrange: async bench => {
      await bench.call('vm.create', { name: 'm', image: bench.disk, ...smallest });
      await bench.call('vm.start', { vm: 'm' });
      return { id: 'vm.console', input: { vm: 'm' } };
    },
    seconds: 20,
    expect: { code: 'unsupported', remedy: /VNC|vm\.screenshot/ },
  },
  {
    name: 'The build of QEMU lacks the accelerator that was asked for',
    done: 'Said so; use "auto"',
    arrange: place => boot(place, { accelerator: 'whpx' }),
    seconds: 20,
    expect: { code: 'host_fault', message: /whpx/, remedy: /auto/ },
  },
  {
    name: 'This user may not open /dev/kvm, which was asked for',
    done: 'The command that gives the right',
    configure: standIn(
      `if [ $isKvm = 1 ]; then ${refuse('Could not access KVM kernel module: Permission denied')}; fi`,
    ),
    arrange: place => boot(place, { accelerator: 'kvm' }),
    seconds: 20,
    expect: { code: 'host_fault', message: /\/dev\/kvm/, remedy: /usermod -aG kvm/ },
  },
  {
    name: 'Another hypervisor holds the processor',
    done: 'End its machines, or unload its kernel module',
    configure: standIn(
      `if [ $isKvm = 1 ]; then ${refuse('ioctl(KVM_CREATE_VM) failed: 16 Device or resource busy')}; fi`,
    ),
    arrange: place => boot(place, { accelerator: 'kvm' }),
    seconds: 20,
    expect: { code: 'host_fault', message: /VirtualBox/, remedy: /hypervisor/ },
  },
  {
    name: 'A KVM that opens and crawls',
    done: 'Emulation is used instead, and said so',
    configure: standIn('if [ $isKvm$isTrial = 11 ]; then : > debug.log; exec sleep 60; fi', 'auto'),
    arrange: place => boot(place),
    seconds: 30,
    expect: {
      told: 'a warning',
      check: async ({ machine, warnings }, bench) => {
        await stop(bench, machine);
        mustMatch(warnings.join(), /kvm is not usable/);
      },
    },
  },
  {
    name: 'An accelerator that fails after the start',
    done: 'The boot is begun again with the next one, and said so',
    configure: standIn(failLater(realEngine, 1), 'auto'),
    arrange: ({ writeDisk }) =>
      prove(writeDisk('login.raw', [...restFor(3), ...sendSerial('box login: '), ...obeyPowerButton])),
    seconds: 120,
    expect: {
      told: 'a warning, and the verdict of the last attempt',
      check: ({ accelerator, verdict, warnings }) => {
        mustMatch(`${accelerator} ${verdict.state}`, /^tcg login/);
        mustMatch(warnings.join(), /kvm is not usable.*internal error/);
      },
    },
  },
  {
    name: 'An accelerator that was asked for by name fails after the start',
    done: 'Not replaced; use "auto"',
    configure: standIn(failLater(realEngine, 1)),
    arrange: ({ writeDisk }) =>
      prove(writeDisk('idle.raw', [...showOnScreen('WAIT'), ...halt]), { accelerator: 'kvm' }),
    seconds: 60,
    expect: {
      told: 'verdict `host_fault`',
      check: ({ verdict, warnings }) => {
        mustMatch(verdict.rule, /^engine-internal-error$/);
        mustMatch(warnings.join(), /kvm was asked for by name/);
      },
    },
  },
  {
    name: 'QEMU aborts as it starts',
    done: "Start it again; QEMU's words are in the data",
    configure: standIn('if [ $isTrial = 0 ]; then echo "Assertion failed" >&2; kill -ABRT $$; fi'),
    arrange: place => boot(place),
    seconds: 20,
    expect: { code: 'host_fault', remedy: /./, data: { signal: 'SIGABRT' } },
  },
  {
    name: 'QEMU ends with words that nobody knows',
    done: "QEMU's words are in the data, made safe to show",
    configure: standIn(String.raw`if [ $isTrial = 0 ]; then printf 'the \033[31mmoon is wrong\n' >&2; exit 3; fi`),
    arrange: place => boot(place),
    seconds: 20,
    expect: {
      code: 'host_fault',
      remedy: /data\.stderr/,
      data: { exitCode: 3, stderr: 'the \\x1b[31mmoon is wrong\n' },
    },
  },
  {
    name: 'QEMU is killed while an image is proved',
    done: 'The image is not to blame',
    configure: standIn('if [ $isTrial = 0 ]; then (sleep 1; kill -KILL $$) & fi'),
    arrange: ({ writeDisk }) =>
      prove(writeDisk('idle.raw', [...showOnScreen('WAIT'), ...halt]), { accelerator: 'tcg' }),
    seconds: 60,
    expect: {
      told: 'verdict `host_fault`',
      check: ({ verdict }) => mustMatch(`${verdict.rule} ${verdict.reason}`, /^engine-ended .*SIGKILL/),
    },
  },
  {
    name: 'QEMU talks nonsense on its control channel',
    done: 'The process is ended; install QEMU again',
    configure: standIn(
      `if [ $isTrial = 0 ]; then ${serveChannel(String.raw`socket.write("\u0000{{{nonsense\n")`)}; fi`,
    ),
    arrange: place => boot(place),
    seconds: 20,
    expect: { code: 'host_fault', remedy: /QEMU/ },
  },
  {
    name: 'QEMU closes its control channel at once',
    done: 'The process is ended',
    configure: standIn(`if [ $isTrial = 0 ]; then ${serveChannel('socket.destroy()')}; fi`),
    arrange: place => boot(place),
    seconds: 20,
    expect: { code: 'host_fault', message: /control channel/, remedy: /again/ },
  },
  {
    name: 'QEMU refuses every command',
    done: "The process is ended; QEMU's words are in the data",
    configure: standIn(
      `if [ $isTrial = 0 ]; then ${serveChannel(`
        socket.write(JSON.stringify({QMP: {version: {}, capabilities: []}}) + "\\n");
        socket.on("data", text => { for (const line of String(text).trim().split("\\n")) {
          const { id } = JSON.parse(line);
          socket.write(JSON.stringify({ id, error: { class: "GenericError", desc: "No way" } }) + "\\n");
        } });`)}; fi`,
    ),
    arrange: place => boot(place),
    seconds: 20,
    expect: { code: 'failed', remedy: /data\.description/, data: { description: 'No way' } },
  },
  {
    name: 'QEMU never answers, and the call is given up',
    done: 'The process is ended',
    configure: standIn(`if [ $isTrial = 0 ]; then ${serveChannel('')}; fi`),
    arrange: place => ({ ...boot(place), cancelAfter: 3000 }),
    seconds: 20,
    expect: { code: 'cancelled', remedy: /again/ },
  },
  {
    name: 'The host has less memory left than was asked for',
    done: 'Half of it is used, and so on, and said so',
    arrange: place => boot(place, { memoryBytes: 2 ** 40 }),
    seconds: 60,
    expect: {
      told: 'a warning',
      check: async ({ machine, warnings }, bench) => {
        await stop(bench, machine);
        mustMatch(warnings.join(), /The host refused 1048576 MiB of memory; the machine runs with \d+ MiB/);
      },
    },
  },
  {
    name: 'The host has not even the least memory left',
    done: 'Ask for less, or close other programs',
    configure: standIn('if [ $isTrial = 0 ]; then ulimit -v 900000; fi'),
    arrange: place => boot(place, { memoryBytes: 2 ** 30 }),
    seconds: 60,
    expect: { code: 'host_fault', reason: 'memory', remedy: /less memory/ },
  },
];

async function stop(bench: FaultBench, { name }: { name: string }): Promise<void> {
  await bench.call('vm.stop', { vm: name, force: true });
}
