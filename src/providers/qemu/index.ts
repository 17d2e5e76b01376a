import { defineProvider } from '../define-provider.ts';
import type { QemuSession } from './session.ts';

export default defineProvider<QemuSession>({
  id: 'qemu',
  title: 'QEMU',
  platforms: ['linux', 'win32', 'darwin'],
  enabledByDefault: true,
  // Loaded by the call: the table itself is read at every start, QEMU's part at few.
  probe: async environment => (await import('./probe.ts')).probeQemu(environment),
  open: async environment => (await import('./session.ts')).openQemuSession(environment),
  close: session => session.close(),
  operations: {
    'vm.list': async (session, _input, call) => (await import('./machines.ts')).listMachines(session, call.signal),
    'vm.get': async (session, input, call) => (await import('./machines.ts')).getMachine(session, input, call),
    'vm.create': async (session, input, call) =>
      (await import('./create-machine.ts')).createMachine(session, input, call),
    'vm.start': async (session, input, call) => (await import('./start-machine.ts')).startMachine(session, input, call),
    'vm.restart': async (session, input, call) =>
      (await import('./restart-machine.ts')).restartMachine(session, input, call),
    'vm.delete': async (session, input, call) =>
      (await import('./delete-machine.ts')).deleteMachine(session, input, call),
    'vm.rename': async (session, input, call) =>
      (await import('./rename-machine.ts')).renameMachine(session, input, call),
    'vm.configure': async (session, input, call) =>
      (await import('./configure-machine.ts')).configureMachine(session, input, call),
    'vm.clone': async (session, input, call) => (await import('./clone-machine.ts')).cloneMachine(session, input, call),
    'vm.export': async (session, input, call) =>
      (await import('./export-machine.ts')).exportMachine(session, input, call),
    'vm.import': async (session, input, call) =>
      (await import('./import-machine.ts')).importMachine(session, input, call),
    'vm.stop': async (session, input, call) => (await import('./stop-machine.ts')).stopMachine(session, input, call),
    'vm.pause': async (session, input, call) => (await import('./machines.ts')).pauseMachine(session, input, call),
    'vm.resume': async (session, input, call) => (await import('./machines.ts')).resumeMachine(session, input, call),
    'vm.screenshot': async (session, input, call) =>
      (await import('./screenshot.ts')).takeScreenshot(session, input, call),
    'vm.sendKeys': async (session, input, call) => (await import('./send-keys.ts')).sendKeys(session, input, call),
    'vm.type': async (session, input, call) => (await import('./type-text.ts')).typeText(session, input, call),
    'vm.console': async (session, input, call) => (await import('./open-console.ts')).openConsole(session, input, call),
    'vm.exec': async (session, input, call) => (await import('./exec-command.ts')).execCommand(session, input, call),
    'vm.copy': async (session, input, call) => (await import('./copy-file.ts')).copyFile(session, input, call),
    'vm.wait': async (session, input, call) => (await import('./wait-machine.ts')).waitMachine(session, input, call),
    'vm.stats': async (session, input, call) => (await import('./stats-machine.ts')).statsMachine(session, input, call),
    'vm.checkpoint.list': async (session, input) =>
      (await import('./checkpoints/list-checkpoints.ts')).listCheckpoints(session, input),
    'vm.checkpoint.create': async (session, input, call) =>
      (await import('./checkpoints/create-checkpoint.ts')).createCheckpoint(session, input, call),
    'vm.checkpoint.restore': async (session, input, call) =>
      (await import('./checkpoints/restore-checkpoint.ts')).restoreCheckpoint(session, input, call),
    'vm.checkpoint.delete': async (session, input, call) =>
      (await import('./checkpoints/delete-checkpoint.ts')).deleteCheckpoint(session, input, call),
    'network.list': async (session, _input, call) => (await import('./list-networks.ts')).listNetworks(session, call),
    'image.boot': async (session, input, call) => (await import('./boot-image.ts')).bootImage(session, input, call),
    'image.prove': async (session, input, call) => (await import('./prove-image.ts')).proveImage(session, input, call),
    'proof.run': async (session, input, call) => (await import('./proof-run.ts')).runProofs(session, input, call),
    'image.convert': async (session, input, call) =>
      (await import('./convert-image.ts')).convertImage(session, input, call),
    'image.export': async (session, input, call) =>
      (await import('./export-image.ts')).exportImage(session, input, call),
    'image.create': async (session, input, call) =>
      (await import('./create-image.ts')).createImage(session, input, call),
    'image.resize': async (session, input, call) =>
      (await import('./resize-image.ts')).resizeImage(session, input, call),
    'image.shrink': async (session, input, call) =>
      (await import('./resize-image.ts')).shrinkImage(session, input, call),
  },
});
