import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Program } from './programs.ts';

/** A running server, spoken to without a client library: what is measured is the server alone. */
export class Session {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: unknown) => void>();
  #rest = '';
  #lastId = 0;

  constructor(program: Program) {
    this.#child = spawn(process.execPath, program.arguments, {
      env: { ...process.env, ...program.environment },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#take(text));
  }

  request(method: string, params: unknown): Promise<unknown> {
    this.#lastId++;
    const id = this.#lastId;
    this.#child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    return new Promise(resolve => this.#waiting.set(id, resolve));
  }

  async initialize(): Promise<void> {
    const clientInfo = { name: 'bench', version: '1' };
    await this.request('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo });
    this.#child.stdin?.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
  }

  /** Makes so many calls, always with so many under way. */
  async call(tool: string, calls: number, underWay: number): Promise<void> {
    let left = calls;
    const worker = async () => {
      while (left > 0) {
        left--;
        const { result } = (await this.request('tools/call', { name: tool, arguments: {} })) as Answer;
        if (result === undefined || result.isError) throw new Error(`${tool} failed: ${JSON.stringify(result)}`);
      }
    };
    await Promise.all(Array.from({ length: underWay }, worker));
  }

  /** Processor time so far, in microseconds. */
  cpuMicroseconds(): number {
    // proc(5): utime and stime are the 12th and 13th fields after the name, in hundredths of a second.
    const fields = (readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8').split(') ')[1] ?? '').split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10_000;
  }

  residentMegabytes(): number {
    const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${this.#child.pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) / 1024;
  }

  /** Ends the server as clients do, by closing its input: Node writes its compile cache when a process ends in order. */
  async end(): Promise<void> {
    const closed = once(this.#child, 'close');
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 2000);
    await closed;
    clearTimeout(timer);
  }

  #take(text: string): void {
    const lines = `${this.#rest}${text}`.split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const { id, ...answer } = JSON.parse(line) as { id?: number };
      const resolve = id === undefined ? undefined : this.#waiting.get(id);
      if (id !== undefined) this.#waiting.delete(id);
      resolve?.(answer);
    }
  }
}

interface Answer {
  readonly result?: { readonly isError?: boolean };
}
