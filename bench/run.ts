// Measures vmbridge against its peers, in turns: npm run bench [name or group] …
import { preparePrograms } from './support/programs.ts';

type Measurement = () => Promise<void>;
type Measurements = Readonly<Record<string, Measurement>>;

let programs: ReturnType<typeof preparePrograms> | undefined;
const prepared = () => {
  programs ??= preparePrograms();
  return programs;
};

/** The server itself, beside other servers. */
const server: Measurements = {
  start: async () => (await import('./start.ts')).measureStart(await prepared()),
  call: async () => (await import('./call.ts')).measureCall(await prepared()),
  memory: async () => (await import('./memory.ts')).measureMemory(await prepared()),
  size: async () => (await import('./size.ts')).measureSize(),
};

/** Machines, beside bare QEMU and virsh. */
const machines: Measurements = {
  screenshot: async () => (await import('./screenshot.ts')).measureScreenshot(),
  'machine-list': async () => (await import('./machine-list.ts')).measureMachineList(),
  'machine-start': async () => (await import('./machine-start.ts')).measureMachineStart(),
  'machine-stop': async () => (await import('./machine-stop.ts')).measureMachineStop(),
  restore: async () => (await import('./restore.ts')).measureRestore(),
  proof: async () => (await import('./proof.ts')).measureProof(),
};

/** Disk images that are read by vmbridge itself, beside qemu-nbd. */
const images: Measurements = {
  'image-open': async () => (await import('./image-export-open.ts')).measureOpening(),
  'image-export-sequential': async () => (await import('./image-export.ts')).measureSequential(),
  'image-export-random': async () => (await import('./image-export.ts')).measureRandom(),
  'image-boot': async () => (await import('./image-boot.ts')).measureImageBoot(),
};

/** How soon a verdict comes, and what watching for it costs, against their aims. */
const verdicts: Measurements = {
  'prompt-to-verdict': async () => (await import('./verdicts/prompt-to-verdict.ts')).measurePromptToVerdict(),
  'watching-cost': async () => (await import('./verdicts/watching-cost.ts')).measureWatchingCost(),
};

/** The PowerShell module, beside a client in Node and a module that comes with PowerShell. */
const powershell: Measurements = {
  'cmdlet-call': async () => (await import('./powershell/cmdlet-call.ts')).measureCmdletCall(),
  'module-import': async () => (await import('./powershell/module-import.ts')).measureModuleImport(),
  'many-machines': async () => (await import('./powershell/many-machines.ts')).measureManyMachines(),
};

/** The merged list of all providers and hosts, beside what fetching its parts costs. */
const inventory: Measurements = {
  'inventory-list': async () => (await import('./inventory/list.ts')).measureInventoryList(),
  'inventory-deadline': async () => (await import('./inventory/deadline.ts')).measureInventoryDeadline(),
};

const groups: Readonly<Record<string, Measurements>> = { server, machines, images, verdicts, powershell, inventory };
const all: Measurements = { ...server, ...machines, ...images, ...verdicts, ...powershell, ...inventory };

const asked = process.argv.slice(2);
const wanted =
  asked.length === 0 ? Object.keys(all) : asked.flatMap(name => Object.keys(groups[name] ?? { [name]: '' }));
const unknown = wanted.find(name => !(name in all));
if (unknown !== undefined) {
  const known = [...Object.keys(all), 'and the groups', ...Object.keys(groups)].join(', ');
  throw new Error(`There is no measurement "${unknown}"; there are ${known}.`);
}

console.log(`Node ${process.version}, ${process.platform} ${process.arch}, ${new Date().toISOString().slice(0, 10)}`);
for (const name of wanted) await all[name]?.();
