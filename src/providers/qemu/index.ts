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
  facts: async (session, machines) => (await import('./facts.ts')).machineFacts(session, machines),
  operations: {
    'vm.list': async (session, _input, call) => (await import('./machines.ts')).listMachines(session, call.signal),
    'vm.get': async (session, input, call) => (await import('./machines.ts')).getMachine(session, input, call),
    'vm.create': {
      run: async (session, input, call) => (await import('./create-machine.ts')).createMachine(session, input, call),
      plan: async (session, input, call) => (await import('./plans/plan-create.ts')).planCreate(session, input, call),
    },
    'vm.start': {
      run: async (session, input, call) => (await import('./start-machine.ts')).startMachine(session, input, call),
      plan: async (session, input, call) => (await import('./plans/plan-start.ts')).planStart(session, input, call),
    },
    'vm.restart': {
      run: async (session, input, call) => (await import('./restart-machine.ts')).restartMachine(session, input, call),
      plan: async (session, input, call) => (await import('./plans/plan-power.ts')).planRestart(session, input, call),
    },
    'vm.delete': {
      run: async (session, input, call) => (await import('./delete-machine.ts')).deleteMachine(session, input, call),
      plan: async (session, input, call) => (await import('./plans/plan-manage.ts')).planDelete(session, input, call),
    },
    'vm.rename': {
      run: async (session, input, call) => (await import('./rename-machine.ts')).renameMachine(session, input, call),
      plan: async (session, input, call) => (await import('./plans/plan-manage.ts')).planRename(session, input, call),
    },
    'vm.configure': {
      run: async (session, input, call) =>
        (await import('./configure-machine.ts')).configureMachine(session, input, call),
      plan: async (session, input, call) =>
        (await import('./plans/plan-manage.ts')).planConfigure(session, input, call),
    },
    'vm.clone': {
      run: async (session, input, call) => (await import('./clone-machine.ts')).cloneMachine(session, input, call),
      plan: async (session, input, call) => (await import('./plans/plan-clone.ts')).planClone(session, input, call),
    },
    'vm.export': {
      run: async (session, input, call) => (await import('./export-machine.ts')).exportMachine(session, input, call),
      plan: async (session, input, call) => (await import('./plans/plan-export.ts')).planExport(session, input, call),
    },
    'vm.import': {
      run: async (session, input, call) => (await import('./import-machine.ts')).importMachine(session, input, call),
      plan: async (session, input, call) => (await import('./plans/plan-import.ts')).planImport(session, input, call),
    },
    'vm.stop': {
      run: async (session, input, call) => (await import('./stop-machine.ts')).stopMachine(session, input, call),
      plan: async (session, input, call) => (await import('./plans/plan-stop.ts')).planStop(session, input, call),
    },
    'vm.pause': {
      run: async (session, input, call) => (await import('./machines.ts')).pauseMachine(session, input, call),
      plan: async (session, input, call) => (await import('./plans/plan-power.ts')).planPause(session, input, call),
    },
    'vm.resume': {
      run: async (session, input, call) => (await import('./machines.ts')).resumeMachine(session, input, call),
      plan: async (session, input, call) => (await import('./plans/plan-power.ts')).planResume(session, input, call),
    },
    'vm.screenshot': {
      run: async (session, input, call) => (await import('./screenshot.ts')).takeScreenshot(session, input, call),
      plan: async (session, input, call) =>
        (await import('./plans/plan-screen.ts')).planScreenshot(session, input, call),
    },
    'vm.sendKeys': {
      run: async (session, input, call) => (await import('./send-keys.ts')).sendKeys(session, input, call),
      plan: async (session, input, call) => (await import('./plans/plan-keyboard.ts')).planKeys(session, input, call),
    },
    'vm.type': {
      run: async (session, input, call) => (await import('./type-text.ts')).typeText(session, input, call),
      plan: async (session, input, call) => (await import('./plans/plan-keyboard.ts')).planText(session, input, call),
    },
    'vm.console': {
      run: async (session, input, call) => (await import('./open-console.ts')).openConsole(session, input, call),
      plan: async (session, input, call) => (await import('./plans/plan-screen.ts')).planConsole(session, input, call),
    },
    'vm.exec': {
      run: async (session, input, call) => (await import('./exec-command.ts')).execCommand(session, input, call),
      plan: async (session, input, call) => (await import('./plans/plan-agent.ts')).planExec(session, input, call),
    },
    'vm.copy': {
      run: async (session, input, call) => (await import('./copy-file.ts')).copyFile(session, input, call),
      plan: async (session, input, call) => (await import('./plans/plan-agent.ts')).planCopy(session, input, call),
    },
    'vm.wait': async (session, input, call) => (await import('./wait-machine.ts')).waitMachine(session, input, call),
    'vm.stats': async (session, input, call) => (await import('./stats-machine.ts')).statsMachine(session, input, call),
    'vm.checkpoint.list': async (session, input) =>
      (await import('./checkpoints/list-checkpoints.ts')).listCheckpoints(session, input),
    'vm.checkpoint.create': {
      run: async (session, input, call) =>
        (await import('./checkpoints/create-checkpoint.ts')).createCheckpoint(session, input, call),
      plan: async (session, input, call) =>
        (await import('./checkpoints/plan-create.ts')).planCreate(session, input, call),
    },
    'vm.checkpoint.restore': {
      run: async (session, input, call) =>
        (await import('./checkpoints/restore-checkpoint.ts')).restoreCheckpoint(session, input, call),
      plan: async (session, input, call) =>
        (await import('./checkpoints/plan-restore.ts')).planRestore(session, input, call),
    },
    'vm.checkpoint.delete': {
      run: async (session, input, call) =>
        (await import('./checkpoints/delete-checkpoint.ts')).deleteCheckpoint(session, input, call),
      plan: async (session, input, call) =>
        (await import('./checkpoints/plan-delete.ts')).planDelete(session, input, call),
    },
    'node.list': async session => (await import('./nodes.ts')).listNodes(session),
    'network.list': async (session, _input, call) => (await import('./list-networks.ts')).listNetworks(session, call),
    'image.boot': {
      run: async (session, input, call) => (await import('./boot-image.ts')).bootImage(session, input, call),
      plan: async (session, input, call) =>
        (await import('./image-plans/plan-boot.ts')).planImageBoot(session, input, call),
    },
    'image.prove': {
      run: async (session, input, call) => (await import('./prove-image.ts')).proveImage(session, input, call),
      plan: async (session, input, call) =>
        (await import('./image-plans/plan-prove.ts')).planImageProof(session, input, call),
    },
    'proof.run': {
      run: async (session, input, call) => (await import('./proof-run.ts')).runProofs(session, input, call),
      plan: async (session, input, call) =>
        (await import('./image-plans/plan-proofs.ts')).planProofs(session, input, call),
    },
    'image.convert': {
      run: async (session, input, call) => (await import('./convert-image.ts')).convertImage(session, input, call),
      plan: async (session, input, call) =>
        (await import('./image-plans/plan-copy.ts')).planConversion(session, input, call),
    },
    'image.export': {
      run: async (session, input, call) => (await import('./export-image.ts')).exportImage(session, input, call),
      plan: async (session, input, call) =>
        (await import('./image-plans/plan-copy.ts')).planExport(session, input, call),
    },
    'image.create': {
      run: async (session, input, call) => (await import('./create-image.ts')).createImage(session, input, call),
      plan: async (session, input, call) =>
        (await import('./image-plans/plan-creation.ts')).planCreation(session, input, call),
    },
    'image.resize': {
      run: async (session, input, call) => (await import('./resize-image.ts')).resizeImage(session, input, call),
      plan: async (session, input, call) =>
        (await import('./image-plans/plan-resizing.ts')).planGrowth(session, input, call),
    },
    'image.shrink': {
      run: async (session, input, call) => (await import('./resize-image.ts')).shrinkImage(session, input, call),
      plan: async (session, input, call) =>
        (await import('./image-plans/plan-resizing.ts')).planCut(session, input, call),
    },
  },
});
