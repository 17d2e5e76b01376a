import { Fault } from '../../../src/errors/fault.ts';
import type { Picture } from '../../../src/model/picture.ts';
import type { WatchedGuest } from '../../../src/proof/watch/watched-guest.ts';
import type { GuestActivity, GuestEvent, GuestExit, GuestStatus } from '../../../src/qemu/guest.ts';

export function plainPicture(colour = 0, width = 720, height = 400): Picture {
  return { width, height, rgb: new Uint8Array(width * height * 3).fill(colour) };
}

/** A guest whose screen, serial line and counters a test sets as it likes. */
export class PretendGuest implements WatchedGuest {
  readonly startedAt = new Date();
  readonly folder = '/nowhere';
  readonly events: GuestEvent[] = [];
  readonly eventCounts = {};
  readonly #exit = Promise.withResolvers<GuestExit>();
  readonly exited = this.#exit.promise;
  picture = plainPicture();
  text: string[] | undefined = [];
  spoken = '';
  state: GuestStatus = 'running';
  counters: GuestActivity = { diskReadBytes: 0, diskWriteBytes: 0, cpuSeconds: 0 };
  /** Processors at work, from 0. */
  load = 0;
  failure: Error | undefined;
  looks = 0;

  /** Shows text: the picture differs as well, as it would. */
  show(...lines: string[]): void {
    this.text = lines;
    const rgb = new Uint8Array(this.picture.rgb.length);
    for (const [index, letter] of Array.from(lines.join('\n')).entries()) {
      rgb.fill(letter.charCodeAt(0) & 255, index * 4000, index * 4000 + 3);
    }
    this.picture = { ...this.picture, rgb };
  }

  emit(name: string, data: Record<string, unknown> = {}, at = new Date()): void {
    this.events.push({ name, data, at });
  }

  end(exit: GuestExit): void {
    this.#exit.resolve(exit);
    this.failure = new Fault('host_fault', 'the channel is closed');
  }

  async screendump(): Promise<Picture> {
    this.looks += 1;
    if (this.failure) throw this.failure;
    return this.picture;
  }

  async vgaText(): Promise<Buffer | undefined> {
    if (!this.text) return undefined;
    const memory = Buffer.alloc(4000);
    for (let at = 0; at < 4000; at += 2) memory[at] = 32;
    for (const [row, line] of this.text.slice(-25).entries()) {
      for (let column = 0; column < Math.min(80, line.length); column++)
        memory[(row * 80 + column) * 2] = line.charCodeAt(column);
    }
    return memory;
  }

  async serial(): Promise<string> {
    return this.spoken;
  }

  async firmwareLog(): Promise<string> {
    return '';
  }

  async status(): Promise<GuestStatus> {
    return this.state;
  }

  async activity(): Promise<GuestActivity> {
    const seconds = (Date.now() - this.startedAt.getTime()) / 1000;
    return { ...this.counters, cpuSeconds: seconds * this.load };
  }
}
