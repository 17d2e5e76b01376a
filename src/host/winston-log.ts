import { mkdirSync } from 'node:fs';
import winston from 'winston';
import { escapeControls } from '../errors/escape.ts';
import { type LogSettings, logLevels } from './log.ts';

const levels = Object.fromEntries(logLevels.map((level, rank) => [level, rank]));

/** Lines to stderr for people, JSON lines to a rotated file (five files of 5 MB). */
export function createWinston(settings: LogSettings, file: string): winston.Logger {
  const transports: winston.transport[] = [];
  if (settings.stderrLevel !== 'silent') {
    transports.push(
      new winston.transports.Stream({
        stream: process.stderr,
        level: settings.stderrLevel,
        format: winston.format.printf(toLine),
      }),
    );
  }
  const rotated = openFile(settings, file);
  if (rotated !== undefined) transports.push(rotated);
  return winston.createLogger({
    levels,
    level: 'debug',
    transports,
    silent: transports.length === 0,
    exitOnError: false,
  });
}

// Logging is a service to the work, never a reason for it to fail: without a writable folder stderr has to do.
function openFile(settings: LogSettings, filename: string): winston.transport | undefined {
  try {
    mkdirSync(settings.folder, { recursive: true, mode: 0o700 });
  } catch {
    return undefined;
  }
  const transport = new winston.transports.File({
    filename,
    level: settings.level,
    maxsize: 5 * 2 ** 20,
    maxFiles: 5,
    tailable: true,
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
  });
  transport.on('error', () => {});
  return transport;
}

function toLine(info: winston.Logform.TransformableInfo): string {
  const data = info.data === undefined ? '' : ` ${JSON.stringify(info.data)}`;
  return `vmbridge: ${info.level}: ${escapeControls(`${String(info.message)}${data}`)}`;
}
