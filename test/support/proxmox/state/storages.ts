import { bytesOf } from './guests.ts';

export interface Volume {
  readonly volid: string;
  readonly content: string;
  readonly format: string;
  size: number;
  readonly ctime: number;
  vmid?: number;
  notes?: string;
  protected?: boolean;
  /** What an uploaded file held. */
  data?: Buffer;
  /** Of a backup: what it was made of. */
  backup?: { readonly type: 'qemu' | 'lxc'; readonly config: Record<string, string> };
  parent?: string;
}

export interface Storage {
  readonly storage: string;
  readonly type: string;
  content: string[];
  readonly shared: boolean;
  /** Where it is; none: everywhere. */
  nodes?: string[];
  disabled: boolean;
  total: number;
  readonly settings: Record<string, string>;
  /** By node (`*` when it is shared), then by volume id. */
  readonly volumes: Map<string, Map<string, Volume>>;
}

export interface StorageSeed {
  readonly storage: string;
  readonly type?: string;
  readonly content?: readonly string[];
  readonly shared?: boolean;
  readonly nodes?: readonly string[];
  readonly total?: number | string;
  readonly disabled?: boolean;
  readonly settings?: Record<string, string>;
  readonly volumes?: readonly (Omit<Volume, 'ctime'> & { readonly ctime?: number; readonly node?: string })[];
}

export function newStorage(seed: StorageSeed, firstNode: string): Storage {
  const { storage, type = 'dir', content = ['images'], shared = false, nodes, total = 500 * 2 ** 30 } = seed;
  const made: Storage = {
    storage,
    type,
    content: [...content],
    shared,
    ...(nodes === undefined ? {} : { nodes: [...nodes] }),
    disabled: seed.disabled ?? false,
    total: typeof total === 'number' ? total : bytesOf(total),
    settings: { ...(type === 'dir' ? { path: `/mnt/${storage}` } : {}), ...(seed.settings ?? {}) },
    volumes: new Map(),
  };
  for (const { node = firstNode, ctime = Math.floor(Date.now() / 1000) - 86_400, ...volume } of seed.volumes ?? []) {
    volumesOf(made, node).set(volume.volid, { ...volume, ctime });
  }
  return made;
}

/** What lies on it, seen from a node. */
export function volumesOf(storage: Storage, node: string): Map<string, Volume> {
  const place = storage.shared ? '*' : node;
  const found = storage.volumes.get(place) ?? new Map<string, Volume>();
  storage.volumes.set(place, found);
  return found;
}

export function usedOf(storage: Storage, node: string): number {
  return [...volumesOf(storage, node).values()].reduce((sum, { size }) => sum + size, 0);
}

export function isOn(storage: Storage, node: string): boolean {
  return storage.nodes === undefined || storage.nodes.includes(node);
}
