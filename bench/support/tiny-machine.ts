import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { findEngine } from '../../src/qemu/find-engine.ts';
import { createBootDisk, obeyPowerButton, sendSerial } from '../../test/qemu/support/boot-sector.ts';
import type { Libvirt } from './libvirt.ts';

export const memoryBytes = 64 * 2 ** 20;
const mebibytes = memoryBytes / 2 ** 20;

/** A guest of one sector, which starts in a tenth of a second, on a disk of 1 MiB in the folder. */
export function writeTinyDisk(folder: string): string {
  const file = path.join(folder, 'tiny.raw');
  writeFileSync(file, createBootDisk([...sendSerial('hello'), ...obeyPowerButton]));
  return file;
}

/** Defines a domain with the devices of a machine that `vm.create` makes of the same disk. Returns its name. */
export async function defineTinyDomain(libvirt: Libvirt, folder: string, disk: string, name = 'tiny'): Promise<string> {
  const copy = path.join(folder, `${name}.qcow2`);
  execFileSync('qemu-img', ['convert', '-O', 'qcow2', disk, copy]);
  const file = path.join(folder, `${name}.xml`);
  const { system } = await findEngine();
  writeFileSync(file, describeDomain(name, system, copy, folder));
  await libvirt.virsh('define', file);
  return name;
}

function describeDomain(name: string, emulator: string, disk: string, folder: string): string {
  return `<domain type='qemu'>
  <name>${name}</name>
  <memory unit='MiB'>${mebibytes}</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <features><acpi/><apic/></features>
  <on_crash>preserve</on_crash>
  <devices>
    <emulator>${emulator}</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' discard='unmap'/>
      <source file='${disk}'/>
      <target dev='sda' bus='sata'/>
      <boot order='1'/>
    </disk>
    <disk type='file' device='cdrom'><target dev='sdb' bus='sata'/><readonly/><boot order='2'/></disk>
    <controller type='usb' model='qemu-xhci'/>
    <controller type='virtio-serial' index='0'/>
    <serial type='file'><source path='${folder}/${name}.serial'/></serial>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <input type='tablet' bus='usb'/>
    <graphics type='vnc' socket='${folder}/${name}.vnc'/>
    <video><model type='vga'/></video>
    <memballoon model='virtio'/>
    <rng model='virtio'><backend model='builtin'/></rng>
    <panic model='isa'/>
  </devices>
</domain>
`;
}
