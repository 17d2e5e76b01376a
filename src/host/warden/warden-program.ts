/** What a process asks of its warden, one JSON object per line. */
export interface WardenOrder {
  readonly key: string;
  /** Absent: the key is no longer to be guarded. */
  readonly folders?: readonly string[];
  readonly processes?: readonly { readonly pid: number; readonly start?: string | undefined }[];
}

/**
 * The whole program of the warden: it lives as long as its standard input, which ends when the process that started it does,
 * however that came about. What is guarded then is ended and removed. It is handed to Node as text, so it may use nothing
 * from outside itself; `findMarked` finds programs by the folder that they were started in.
 */
export function runWarden(findMarked: () => Map<string, number[]>): void {
  const { readFileSync, rmSync, existsSync } = process.getBuiltinModule('node:fs');
  const guarded = new Map<string, WardenOrder>();
  // A program that was just being started when the process was killed shows itself within this time.
  const [lookAtLeast, giveUp] = [1500, 30_000];
  let unread = '';

  function take(line: string): void {
    try {
      const order = JSON.parse(line) as WardenOrder;
      if (order.folders === undefined) guarded.delete(order.key);
      else guarded.set(order.key, order);
    } catch {
      // The last line of a process that was killed may be half a line.
    }
  }

  /** Never a later process with the same number: what the kernel says of its start has to fit. */
  function isThat({ pid, start }: NonNullable<WardenOrder['processes']>[number]): boolean {
    try {
      process.kill(pid, 0);
      if (process.platform !== 'linux' || start === undefined) return true;
      const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      return fields[0] !== 'Z' && start.endsWith(` ${fields[19]}`);
    } catch {
      return false;
    }
  }

  function tryTo(work: () => void): void {
    try {
      work();
    } catch {}
  }

  function clear(order: WardenOrder, marked: Map<string, number[]>): boolean {
    const known = (order.processes ?? []).filter(isThat).map(({ pid }) => pid);
    const alive = [...known, ...(order.folders ?? []).flatMap(folder => marked.get(folder) ?? [])];
    for (const pid of alive) tryTo(() => process.kill(pid, 'SIGKILL'));
    if (alive.length > 0) return false;
    for (const folder of order.folders ?? []) tryTo(() => rmSync(folder, { recursive: true, force: true }));
    return !(order.folders ?? []).some(folder => existsSync(folder));
  }

  function finish(began: number): void {
    const marked = findMarked();
    const left = [...guarded.values()].filter(order => !clear(order, marked));
    const patience = left.length > 0 ? giveUp : lookAtLeast;
    if (guarded.size === 0 || performance.now() - began > patience) process.exit(0);
    setTimeout(() => finish(began), 100);
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', (chunk: string) => {
    const lines = (unread + chunk).split('\n');
    unread = lines.pop() ?? '';
    for (const line of lines) take(line);
  });
  // Programs that die with their parent get a moment, so that they write nothing into a folder that is being removed.
  process.stdin.on('close', () => setTimeout(() => finish(performance.now()), guarded.size > 0 ? 200 : 0));
}
