import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findTool } from '../../../../scripts/sample/run-tool.ts';
import { openTestBridge, type TestBridge } from '../../../rpc/support/test-bridge.ts';

/** QEMU's names of the formats that can be written. */
export const drivers = { raw: 'raw', qcow2: 'qcow2', vhd: 'vpc', vhdx: 'vhdx', vdi: 'vdi', vmdk: 'vmdk' } as const;
export type Format = keyof typeof drivers;
export const formats = Object.keys(drivers) as Format[];

export const missingEngine =
  findTool('qemu-img') && findTool('qemu-system-x86_64') ? undefined : 'QEMU is not installed';

export function qemuImg(...args: string[]): string {
  return execFileSync('qemu-img', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** What qemu-img, told the format, finds different between an image and a raw disk; undefined when nothing is. */
export function findDifference(file: string, driver: string, raw: string): string | undefined {
  const node = (name: string, filename: string) =>
    `json:${JSON.stringify({ driver: name, file: { driver: 'file', filename } })}`;
  try {
    execFileSync('qemu-img', ['compare', node(driver, file), node('raw', raw)], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return String(error);
  }
}

export function hashFile(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** A folder of its own, and the bridge with QEMU alone. */
export async function openImageTools(): Promise<
  TestBridge & { readonly folder: string; at(name: string): string; names(): string[] }
> {
  const test = await openTestBridge({ memory: false, configuration: { providers: { qemu: { enabled: true } } } });
  const folder = mkdtempSync(path.join(tmpdir(), 'vmb-image-'));
  return {
    ...test,
    folder,
    at: name => path.join(folder, name),
    names: () => readdirSync(folder).sort(),
    async [Symbol.asyncDispose]() {
      await test[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
