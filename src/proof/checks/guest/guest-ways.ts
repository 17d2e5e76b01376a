import type { GuestSystem } from '../../../model/image.ts';
import type { Guest } from '../../../qemu/guest.ts';
import type { CheckLimits } from '../check-context.ts';
import { ConsoleSession } from '../console/console-session.ts';
import { ConsoleTerminal } from '../console/console-terminal.ts';
import type { Credentials } from '../console/log-in.ts';
import { AgentLine } from './agent-line.ts';
import { findLayout } from './find-layout.ts';
import type { ImageView } from './image-view.ts';

const leaveMs = 15_000;

interface Means {
  readonly guest: Pick<Guest, 'folder' | 'qmp' | 'screendump' | 'vgaText'>;
  readonly view: ImageView;
  readonly limits: CheckLimits;
  readonly credentials: Credentials | undefined;
  readonly family: GuestSystem['family'] | undefined;
}

/** The ways into a guest: its agent, its text console and its image. All are shared by the checks, and opened when needed. */
export class GuestWays {
  readonly line: AgentLine;
  readonly view: ImageView;
  readonly limits: CheckLimits;
  readonly #means: Means;
  #session: Promise<ConsoleSession> | undefined;

  constructor(means: Means) {
    this.#means = means;
    this.line = new AgentLine(means.guest);
    this.view = means.view;
    this.limits = means.limits;
  }

  /** Whether lines can be typed at a text login: Windows has none. */
  get hasConsole(): boolean {
    return this.#means.credentials !== undefined && this.#means.family !== 'windows';
  }

  get consoleAbsence(): string {
    if (this.#means.family === 'windows') return 'Windows has no text login at which lines could be typed';
    return 'no user is named with whom to log in at the console';
  }

  async openConsole(signal: AbortSignal): Promise<ConsoleSession | undefined> {
    const { credentials, guest, view } = this.#means;
    if (!this.hasConsole || !credentials) return undefined;
    this.#session ??= (async () => {
      // An image that can not be read, or only in part, says nothing of its keyboard.
      const layout = await view
        .open(signal)
        .then(({ volumes }) => findLayout(volumes, signal))
        .catch(() => 'us' as const);
      return new ConsoleSession(new ConsoleTerminal(guest, layout), credentials);
    })();
    return await this.#session;
  }

  /** Logs out, and lets the image go. */
  async close(): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    await session?.leave(AbortSignal.timeout(leaveMs));
    await this.view.close();
  }
}
