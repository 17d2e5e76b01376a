import { localHost } from '../model/host.ts';
import type { Machine } from '../model/machine.ts';
import { placeNameOf } from './place.ts';

/** `uuid:<SMBIOS UUID>`, with the name that belongs to it once rows have been merged. */
const uuidToken = /^(?<raw>uuid:[^/]*)(?:\/(?<name>.*))?$/s;

/**
 * The rows with each machine once: those that share a token of identity are the same machine reached by several roads, and
 * become one row that knows the other ids. What two rows of one provider and host share proves nothing, as a host lists no
 * machine twice: such a token is a copy (a cloned UUID) and is taken from all. The order of the rows does not matter.
 */
export function mergeMachines(rows: readonly Machine[]): readonly Machine[] {
  const tokens = new TokenTable(rows);
  if (!tokens.joinsAnything) return rows;
  const groups = new Groups(rows.length);
  for (const indexes of tokens.shared()) {
    const [first = 0, ...others] = indexes;
    for (const other of others) groups.join(first, other);
  }
  const merged: Machine[] = [];
  for (const indexes of groups.list()) {
    const members = indexes.flatMap(index => rows[index] ?? []);
    // Two of one host that something else links are two machines all the same, and what links them is no identity.
    const isOne = members.length > 1 && !sharePlace(members);
    if (members.length > 1 && !isOne) tokens.dropAll(members);
    if (isOne) merged.push(joinRows(members.map(member => tokens.strip(member))));
    else merged.push(...members);
  }
  // Only now is known all that is no identity.
  return merged.map(row => tokens.strip(row));
}

/** Who holds which token. That of a UUID counts together with a name: UUIDs are copied with images and by careless scripts. */
class TokenTable {
  readonly #several = new Map<string, number[]>();
  readonly #copied = new Set<string>();

  constructor(rows: readonly Machine[]) {
    const first = new Map<string, number>();
    if (!mayShareTokens(rows)) return;
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index];
      if (row?.identity === undefined) continue;
      for (const token of row.identity) {
        const isUuid = token.startsWith('uuid:');
        this.#add(isUuid ? bindName(token, row) : token, index, first);
        // As the host itself told it: what has been merged before has a name of its own with it.
        if (isUuid && token === rawOf(token)) this.#noteCopy(token, placeNameOf(row.id), index, first);
      }
    }
    for (const [key, indexes] of this.#several) {
      if (sharePlace(indexes.flatMap(index => rows[index] ?? []))) this.#copied.add(key);
    }
  }

  get joinsAnything(): boolean {
    return this.#several.size > 0 || this.#copied.size > 0;
  }

  /** The holders of each token that several have. */
  shared(): number[][] {
    return [...this.#several].flatMap(([key, indexes]) => (this.#isCopied(key) ? [] : [indexes]));
  }

  /** What these have in common is no identity. */
  dropAll(members: readonly Machine[]): void {
    for (const row of members) {
      for (const token of row.identity ?? []) {
        const key = bindName(token, row);
        if (this.#several.has(key)) this.#copied.add(key);
      }
    }
  }

  /** The row without tokens that are no identity. */
  strip(row: Machine): Machine {
    const { identity } = row;
    if (this.#copied.size === 0 || identity === undefined) return row;
    const left = identity.filter(token => !this.#isCopied(bindName(token, row)));
    return left.length === identity.length ? row : { ...row, identity: left };
  }

  #add(key: string, index: number, first: Map<string, number>): void {
    const known = first.get(key);
    if (known === undefined) {
      first.set(key, index);
      return;
    }
    const list = this.#several.get(key);
    if (list !== undefined) {
      if (list.at(-1) !== index) list.push(index);
    } else if (known !== index) {
      this.#several.set(key, [known, index]);
    }
  }

  #noteCopy(raw: string, place: string, index: number, seen: Map<string, number>): void {
    const key = `${raw}@${place}`;
    const known = seen.get(key);
    if (known === undefined) seen.set(key, index);
    else if (known !== index) this.#copied.add(raw);
  }

  #isCopied(key: string): boolean {
    return this.#copied.has(key) || (key.startsWith('uuid:') && this.#copied.has(rawOf(key)));
  }
}

/**
 * Whether several places have tokens that begin alike, e.g. with `pve:<cluster>/`. Most have nothing in common with any other,
 * and thousands of rows need no further look.
 */
function mayShareTokens(rows: readonly Machine[]): boolean {
  const places = new Map<string, string>();
  let [family, provider, host] = ['', '', ''];
  for (const row of rows) {
    for (const token of row.identity ?? []) {
      if (row.provider === provider && row.host === host && isOfFamily(token, family)) continue;
      [family, provider, host] = [familyOf(token), row.provider, row.host];
      const place = `${provider}:${host}`;
      const known = places.get(family);
      if (known === undefined) places.set(family, place);
      else if (known !== place) return true;
    }
  }
  return false;
}

/** All but what distinguishes the machines of one cluster or folder. UUIDs have nothing else. */
function familyOf(token: string): string {
  if (token.startsWith('uuid:')) return 'uuid:';
  return token.slice(0, Math.max(token.lastIndexOf('/'), token.indexOf(':')) + 1);
}

function isOfFamily(token: string, family: string): boolean {
  if (family === '' || !token.startsWith(family)) return false;
  return family === 'uuid:' || (family.endsWith('/') && !token.includes('/', family.length));
}

function rawOf(token: string): string {
  return uuidToken.exec(token)?.groups?.raw ?? token;
}

function nameOf(token: string, row: Machine): string {
  return uuidToken.exec(token)?.groups?.name ?? row.name;
}

/** Whether one provider and host has two of these rows. */
function sharePlace(rows: readonly Machine[]): boolean {
  const seen = new Set<string>();
  for (const place of rows.flatMap(row => [row.id, ...(row.otherIds ?? [])].map(placeNameOf))) {
    if (seen.has(place)) return true;
    seen.add(place);
  }
  return false;
}

function joinRows(members: readonly Machine[]): Machine {
  const chosen = members.reduce((best, row) => (isShownBefore(row, best) ? row : best));
  const ids = members.flatMap(row => [row.id, ...(row.otherIds ?? [])]);
  const identity = members.flatMap(row => (row.identity ?? []).map(token => bindName(token, row)));
  return {
    ...chosen,
    identity: [...new Set(identity)].sort(),
    otherIds: [...new Set(ids)].filter(id => id !== chosen.id).sort(),
  };
}

function bindName(token: string, row: Machine): string {
  return token.startsWith('uuid:') ? `${rawOf(token)}/${nameOf(token, row)}` : token;
}

/** What was told now before what was kept, this machine's own providers before a network, then by id. */
function isShownBefore(a: Machine, b: Machine): boolean {
  const fresh = Number(a.ageSeconds !== undefined) - Number(b.ageSeconds !== undefined);
  const local = Number(a.host !== localHost) - Number(b.host !== localHost);
  return (fresh || local || (a.id < b.id ? -1 : 1)) < 0;
}

/** Union-find over the places of a list. */
class Groups {
  readonly #parents: Int32Array;

  constructor(size: number) {
    this.#parents = Int32Array.from({ length: size }, (_, index) => index);
  }

  join(a: number, b: number): void {
    const [low, high] = [this.#find(a), this.#find(b)].sort((x, y) => x - y);
    if (low !== undefined && high !== undefined) this.#parents[high] = low;
  }

  /** The members of each group, in the order of the list. */
  list(): Iterable<number[]> {
    const groups = new Map<number, number[]>();
    for (let index = 0; index < this.#parents.length; index++) {
      const root = this.#find(index);
      const members = groups.get(root);
      if (members === undefined) groups.set(root, [index]);
      else members.push(index);
    }
    return groups.values();
  }

  #find(index: number): number {
    let root = index;
    for (let parent = this.#parents[root]; parent !== undefined && parent !== root; parent = this.#parents[root])
      root = parent;
    this.#parents[index] = root;
    return root;
  }
}
