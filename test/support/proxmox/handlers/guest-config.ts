import { requireConfigPrivilege } from '../access/config-privileges.ts';
import { ApiError, parameterError } from '../schema/api-error.ts';
import { definitionOf } from '../schema/check-parameters.ts';
import { withAddress } from '../state/adapter-address.ts';
import { digestOf, type Guest } from '../state/guests.ts';
import type { Handler, HandlerCall, Handlers } from '../state/handler.ts';
import { typedConfig } from '../state/typed-config.ts';
import { guestOf } from './guests.ts';
import { checkLock, startGuestTask } from './power.ts';

/** What no configuration holds though it is sent with one. */
export const notConfig = new Set([
  'node',
  'vmid',
  'type',
  'delete',
  'revert',
  'digest',
  'skiplock',
  'force',
  'background_delay',
  'import-working-storage',
]);

/** What a running machine takes at once; the rest waits for its next start. */
const hot =
  /^(name|hostname|description|tags|onboot|startup|protection|hookscript|boot|agent|net\d+|scsi\d+|virtio\d+|ide2|usb\d+|unused\d+|mp\d+|memory|swap|cores|cpulimit|cpuunits|nameserver|searchdomain)$/;
/** These are hot in a container only. */
const hotInContainers = /^(memory|swap|cores|cpulimit|nameserver|searchdomain)$/;

function isHot(guest: Guest, key: string): boolean {
  if (!guest.running) return true;
  return hot.test(key) && (guest.type === 'lxc' || !hotInContainers.test(key));
}

const read: Handler = call => {
  const guest = guestOf(call);
  const snapshot = call.params.maybeText('snapshot');
  if (snapshot !== undefined) {
    const found = guest.snapshots.find(({ name }) => name === snapshot);
    if (found === undefined) throw new ApiError(500, `snapshot '${snapshot}' does not exist`);
    return { ...typedConfig(call.method, found.config), digest: digestOf(found.config) };
  }
  const pending = call.params.flag('current') ? {} : guest.pending;
  const merged = Object.entries({ ...guest.config, ...pending }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  const lock = guest.lock === undefined ? {} : { lock: guest.lock };
  return { ...typedConfig(call.method, Object.fromEntries(merged)), ...lock, digest: digestOf(guest.config) };
};

const pending: Handler = call => {
  const guest = guestOf(call);
  const keys = new Set([...Object.keys(guest.config), ...Object.keys(guest.pending)]);
  return [...keys].map(key => {
    const value = guest.config[key];
    const next = guest.pending[key];
    return {
      key,
      ...(value === undefined ? {} : { value }),
      ...(next === undefined ? {} : next === null ? { delete: 1 } : { pending: next }),
    };
  });
};

/** Changes the configuration; throws what the real one refuses before anything is done. */
export function changeConfig(call: HandlerCall, guest: Guest): void {
  const { params } = call;
  checkLock(guest, call);
  const digest = params.maybeText('digest');
  if (digest !== undefined && digest !== digestOf(guest.config)) {
    throw new ApiError(500, 'detected modified configuration - file changed by other user? Try again.');
  }
  checkOptions(call);
  const { permissions } = call.cluster;
  for (const key of [...params.words('delete'), ...params.words('revert')]) {
    requireConfigPrivilege(permissions, call.account, guest.vmid, key, guest.config[key] ?? '');
  }
  for (const [key, value] of Object.entries(params.values)) {
    if (!notConfig.has(key)) requireConfigPrivilege(permissions, call.account, guest.vmid, key, String(value));
  }
  for (const key of params.words('revert')) delete guest.pending[key];
  for (const key of params.words('delete')) {
    if (guest.config[key] === undefined && guest.pending[key] === undefined) continue;
    detach(guest, key);
    if (!isHot(guest, key)) guest.pending[key] = null;
    else drop(guest, key);
  }
  for (const [key, value] of Object.entries(params.values)) {
    if (notConfig.has(key)) continue;
    const text = value === true ? '1' : value === false ? '0' : String(value);
    put(guest, key, call.cluster.takeVolume(guest, key, withAddress(guest, key, text)));
  }
}

/** What is to be removed must be an option at all, and not be set at the same time. */
function checkOptions({ params, method }: HandlerCall): void {
  if (!Object.keys(params.values).some(name => !notConfig.has(name) || name === 'delete' || name === 'revert')) {
    throw new ApiError(500, 'no options specified');
  }
  for (const kind of ['delete', 'revert']) {
    for (const name of params.words(kind)) {
      if (definitionOf(method, name) === undefined) throw parameterError({ [kind]: `unknown option '${name}'` });
      if (params.has(name)) {
        throw parameterError({ delete: `you can't use '-${name}' and -${kind} ${name}' at the same time` });
      }
    }
  }
}

function put(guest: Guest, key: string, value: string): void {
  if (isHot(guest, key)) {
    guest.config[key] = value;
    delete guest.pending[key];
  } else if (guest.config[key] !== value) guest.pending[key] = value;
}

function drop(guest: Guest, key: string): void {
  delete guest.config[key];
  delete guest.pending[key];
}

/** A disk that is taken out stays as unused. */
function detach(guest: Guest, key: string): void {
  const value = guest.config[key];
  if (value === undefined || !/^(scsi|sata|ide|virtio|mp)\d+$/.test(key) || /media=cdrom|^none/.test(value)) return;
  let index = 0;
  while (guest.config[`unused${index}`] !== undefined) index++;
  guest.config[`unused${index}`] = value.split(',')[0] ?? '';
}

const at = '/nodes/{node}/{type}/{vmid}';

export const guestConfigHandlers: Handlers = {
  [`GET ${at}/config`]: read,
  [`GET ${at}/pending`]: pending,
  [`PUT ${at}/config`]: call => {
    changeConfig(call, guestOf(call));
  },
  // Of machines only: as a task, for what takes long.
  [`POST ${at}/config`]: call => {
    const guest = guestOf(call);
    checkLock(guest, call);
    return startGuestTask(call, guest, 'config', async work => {
      await work.reach(0.5);
      changeConfig(call, guest);
    });
  },
};
