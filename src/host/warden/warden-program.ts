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
 * from outside itself.
 */
export function runWarden(): void {
  const { readFileSync, rmSync, existsSync } = process.getBuiltinModule('node:fs');
  const guarded = new Map<string, WardenOrder>();
  const giveUp = 30_000;
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
  function isThat({ pid, start }: { pid: number; start?: string | undefined }): boolean {
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

  function clear(order: WardenOrder): boolean {
    const alive = (order.processes ?? []).filter(isThat);
    for (const { pid } of alive) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {}
    }
    if (alive.length > 0) return false;
    for (const folder of order.folders ?? []) {
      try {
        rmSync(folder, { recursive: true, force: true });
      } catch {}
    }
    return !(order.folders ?? []).some(folder => existsSync(folder));
  }

  function finish(began: number): void {
    for (const order of [...guarded.values()]) if (clear(order)) guarded.delete(order.key);
    if (guarded.size > 0 && Date.now() - began < giveUp) setTimeout(() => finish(began), 100);
    else process.exit(0);
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', (chunk: string) => {
    const lines = (unread + chunk).split('\n');
    unread = lines.pop() ?? '';
    for (const line of lines) take(line);
  });
  // Programs that die with their parent get a moment, so that they write nothing into a folder that is being removed.
  process.stdin.on('close', () => setTimeout(() => finish(Date.now()), guarded.size > 0 ? 200 : 0));
}
