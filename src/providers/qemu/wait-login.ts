import { randomBytes } from 'node:crypto';
import { escapeControls } from '../../errors/escape.ts';
import { Fault } from '../../errors/fault.ts';
import { classify, type Match, type Observation } from '../../proof/classify.ts';
import { listConsoleLines } from '../../proof/screen/console-lines.ts';
import { ScreenReader } from '../../proof/screen/read-screen.ts';
import { listSerialLines } from '../../proof/screen/serial-lines.ts';
import { Capture } from '../../qemu/guest/capture.ts';
import { readSerialEnd } from '../../qemu/guest/read-serial-end.ts';
import type { GuestRecord } from '../../qemu/guest-records.ts';
import { reachGuest } from './reach-guest.ts';
import type { QemuSession } from './session.ts';
import type { WaitGoal } from './wait-goal.ts';

/** A kernel that has panicked may restart the machine: only one that stays so is a reason to give up. */
const panicSeconds = 5;
const longestLine = 120;

/** Reached when a login prompt stands on the screen or the serial line for as long as its rule asks. */
export class LoginGoal implements WaitGoal {
  readonly words = 'show its login';
  readonly #session: QemuSession;
  readonly #record: GuestRecord;
  readonly #reader = new ScreenReader();
  /** Two processes may look at one machine: each has names of its own for the pictures. */
  readonly #prefix = `look-${randomBytes(4).toString('hex')}`;
  #text = '';
  #since = performance.now();
  #candidate: { key: string; since: number } | undefined;

  constructor(session: QemuSession, record: GuestRecord) {
    this.#session = session;
    this.#record = record;
  }

  async look(signal: AbortSignal): Promise<{ reached: string } | { seen: string }> {
    const observation = await this.#observe(signal);
    this.#noteText(observation);
    const matches = classify(observation).filter(match => match.exact);
    const login = matches.find(({ rule }) => rule.state === 'login');
    if (login && this.#hasHeld(login)) return { reached: describe(login.source, login.line) };
    if (!login) this.#candidate = undefined;
    this.#refusePanic(matches);
    return { seen: describeEnd(observation) };
  }

  async #observe(signal: AbortSignal): Promise<Observation> {
    const [screen, serial] = await Promise.all([this.#readScreen(signal), readSerialEnd(this.#record.folder)]);
    return { ...screen, serial: listSerialLines(serial), firmware: [] };
  }

  #readScreen(signal: AbortSignal): Promise<Pick<Observation, 'screen' | 'screenMethod'>> {
    return reachGuest(this.#session, this.#record, signal, async ({ qmp }) => {
      const capture = new Capture(qmp, this.#record.folder, this.#prefix);
      try {
        const reading = this.#reader.read(await capture.screen(signal), await capture.text(signal));
        return { screen: listConsoleLines(reading.lines, reading.columns), screenMethod: reading.method };
      } catch (error) {
        // A machine without a screen still has its serial line.
        if (error instanceof Fault && error.code === 'failed') return { screen: [], screenMethod: 'none' };
        throw error;
      }
    });
  }

  #noteText({ screen, serial }: Observation): void {
    const text = [...screen, ...serial].join('\n');
    if (text === this.#text) return;
    this.#text = text;
    this.#since = performance.now();
  }

  /** Seen at two looks, and for as long as the rule asks. */
  #hasHeld({ rule, source }: Match): boolean {
    const key = `${rule.id} ${source}`;
    const now = performance.now();
    if (this.#candidate?.key !== key) {
      this.#candidate = { key, since: now };
      return false;
    }
    return now - this.#candidate.since >= rule.seconds * 1000;
  }

  #refusePanic(matches: readonly Match[]): void {
    const panic = matches.find(({ rule }) => rule.state === 'kernel_panic');
    if (!panic || performance.now() - this.#since < panicSeconds * 1000) return;
    throw new Fault('failed', `The guest will not reach its login: ${panic.rule.reason}`, {
      remedy: 'Prove its image for the evidence: vmbridge prove.',
      data: { rule: panic.rule.id, line: escapeControls(panic.line.slice(0, longestLine)) },
    });
  }
}

function describe(source: string, line: string): string {
  const where = source === 'serial' ? 'serial line' : source;
  return `${where}: "${escapeControls(line.slice(0, longestLine))}"`;
}

function describeEnd({ screen, serial }: Observation): string {
  const onScreen = screen.at(-1);
  const onSerial = serial.at(-1);
  const parts = [
    ...(onScreen === undefined ? [] : [describe('screen', onScreen)]),
    ...(onSerial === undefined ? [] : [describe('serial', onSerial)]),
  ];
  return parts.length === 0 ? 'no text on the screen or the serial line' : parts.join(', ');
}
