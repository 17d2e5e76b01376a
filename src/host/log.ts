import type { Logger } from 'winston';

export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface Log {
  error(message: string, data?: Readonly<Record<string, unknown>>): void;
  warn(message: string, data?: Readonly<Record<string, unknown>>): void;
  info(message: string, data?: Readonly<Record<string, unknown>>): void;
  debug(message: string, data?: Readonly<Record<string, unknown>>): void;
  /** The file that it writes to. */
  readonly file: string;
  /** Resolves when everything logged so far is written. */
  close(): Promise<void>;
}

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

export interface ListenableLog extends Log {
  /** Tells of lines of this level and above, whatever goes to the file. Returns a function that stops it. */
  listen(level: LogLevel, listener: (line: LogLine) => void): () => void;
}

export interface LogSettings {
  readonly folder: string;
  readonly level: LogLevel;
  /** Least level that also goes to stderr. stdout belongs to the protocol. */
  readonly stderrLevel: LogLevel | 'silent';
}

/** A log whose winston is loaded by the first line that is written: most processes start and end without one. */
export function createLog(settings: LogSettings): ListenableLog {
  const file = `${settings.folder}/vmbridge.log`;
  let queue: Promise<Logger> | undefined;
  const listeners = new Map<(line: LogLine) => void, LogLevel>();
  const write = (level: LogLevel, message: string, data?: Readonly<Record<string, unknown>>) => {
    for (const [listener, least] of listeners) {
      if (logLevels.indexOf(level) <= logLevels.indexOf(least)) tell(listener, { level, message, data });
    }
    if (logLevels.indexOf(level) > Math.max(logLevels.indexOf(settings.level), rankOf(settings.stderrLevel))) return;
    queue ??= import('./winston-log.ts').then(module => module.createWinston(settings, file));
    queue = queue.then(logger => {
      logger.log(level, message, data === undefined ? undefined : { data });
      return logger;
    });
  };
  return {
    file,
    error: (message, data) => write('error', message, data),
    warn: (message, data) => write('warn', message, data),
    info: (message, data) => write('info', message, data),
    debug: (message, data) => write('debug', message, data),
    listen: (level, listener) => {
      // A function of its own, as the same one may listen twice.
      const own = (line: LogLine) => listener(line);
      listeners.set(own, level);
      return () => listeners.delete(own);
    },
    close: async () => {
      const logger = await queue;
      queue = undefined;
      if (logger === undefined) return;
      await new Promise<void>(resolve => {
        // A full or missing disk must not keep the process alive.
        const timer = setTimeout(resolve, 1000);
        logger.once('finish', () => {
          clearTimeout(timer);
          resolve();
        });
        logger.end();
      });
    },
  };
}

function rankOf(level: LogLevel | 'silent'): number {
  return level === 'silent' ? -1 : logLevels.indexOf(level);
}

// Whoever listens may have gone away; what is logged happens all the same.
function tell(listener: (line: LogLine) => void, line: LogLine): void {
  try {
    listener(line);
  } catch {}
}
