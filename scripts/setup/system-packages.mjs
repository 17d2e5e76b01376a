import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runQuietly, stepFailed } from './children.mjs';
import { chooseManager, choosePackages, findMissing, planInstallation } from './package-manager.mjs';
import { say } from './say.mjs';
import { SetupError } from './setup-error.mjs';

function hasProgram(name) {
  const extensions = process.platform === 'win32' ? ['.exe', '.cmd', '.bat'] : [''];
  // mkfs and sgdisk live in sbin, which is not on an ordinary user's search path.
  const extra = process.platform === 'win32' ? [] : ['/usr/local/sbin', '/usr/sbin', '/sbin'];
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...extra].filter(folder => folder !== '');
  return folders.some(folder => extensions.some(extension => existsSync(join(folder, name + extension))));
}

/** This system, as the package manager's functions ask about it. */
export const thisSystem = {
  platform: process.platform,
  isRoot: process.getuid?.() === 0,
  hasTerminal: process.stdin.isTTY === true && process.stderr.isTTY === true,
  get sudoWithoutPassword() {
    return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
  },
  hasProgram,
  hasFile: existsSync,
};

/** True when apt's package lists are missing, or so old that the versions they name may be gone. */
function areListsOld() {
  try {
    const folder = '/var/lib/apt/lists';
    const lists = readdirSync(folder).filter(name => name.includes('_Packages'));
    const newest = Math.max(...lists.map(name => statSync(join(folder, name)).mtimeMs), statSync(folder).mtimeMs);
    return lists.length === 0 || Date.now() - newest > 7 * 24 * 60 * 60 * 1000;
  } catch {
    return true;
  }
}

async function runAnnounced(command) {
  say(`  ${command.join(' ')}`);
  const [file, ...args] = command;
  return runQuietly(file, args, { onTerminal: true });
}

/** Installs what is missing of `names` by the system's package manager, telling each command before running it. */
export async function ensureSystemPackages(purpose, names) {
  const missing = findMissing(names, thisSystem);
  if (missing.length === 0) return;
  const manager = chooseManager(thisSystem);
  const packages = manager === undefined ? [] : choosePackages(manager, missing);
  if (packages.length === 0) throw nothingOffered(purpose, missing);
  const plan = planInstallation(manager, packages, thisSystem);
  if (!plan.allowed) {
    const command = thisSystem.hasProgram('sudo') ? plan.install : plan.install.slice(1);
    throw new SetupError(`${purpose}: ${missing.join(', ')} must be installed, which needs an administrator.`, {
      remedy: `Run this as an administrator, then the same command again:\n  ${command.join(' ')}`,
    });
  }
  const started = Date.now();
  say(`${purpose}: installing ${packages.join(', ')} …`);
  const result = await install(manager, plan);
  if (result.status !== 0) throw stepFailed(`${purpose}: ${plan.install.join(' ')}`, result);
  const still = findMissing(names, thisSystem);
  if (still.length > 0) throw nothingOffered(purpose, still);
  say(`${purpose}: done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

async function install(manager, plan) {
  if (manager === 'apt' && areListsOld()) {
    const refreshed = await runAnnounced(plan.refresh);
    if (refreshed.status !== 0) return refreshed;
  }
  const first = await runAnnounced(plan.install);
  if (first.status === 0 || plan.refresh === undefined) return first;
  // Lists may name versions that are gone by now, and a killed run may have left packages half installed.
  if (plan.repair !== undefined) await runAnnounced(plan.repair);
  const refreshed = await runAnnounced(plan.refresh);
  return refreshed.status === 0 ? runAnnounced(plan.install) : first;
}

function nothingOffered(purpose, missing) {
  return new SetupError(
    `${purpose}: ${missing.join(', ')} must be installed, and this system's package manager does not offer it.`,
    {
      remedy: 'Install it yourself so that it is on the search path, then run the same command again.',
    },
  );
}
