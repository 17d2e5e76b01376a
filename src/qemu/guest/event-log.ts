import type { GuestEvent } from '../guest.ts';

const keptEvents = 1000;

/** Remembers what QEMU reported. A guest that restarts without end reports without end: the oldest go. */
export class EventLog {
  readonly events: GuestEvent[] = [];
  readonly counts: Record<string, number> = {};

  add(event: GuestEvent): void {
    this.counts[event.name] = (this.counts[event.name] ?? 0) + 1;
    this.events.push(event);
    if (this.events.length > keptEvents) this.events.shift();
  }
}
