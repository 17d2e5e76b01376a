/** A set-up step that cannot go on: what happened, what to do about it, and the exit status. */
export class SetupError extends Error {
  constructor(message, { remedy, output, status = 1, cause } = {}) {
    super(message, { cause });
    this.remedy = remedy;
    this.output = output;
    this.status = status;
  }
}

const causes = [
  [
    /ENOSPC|No space left on device|not enough free space/i,
    'The disk is full: free at least 2 GB there, then run the same command again. Finished steps are not repeated.',
  ],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|Temporary failure resolving|Could not resolve host|Could not connect|Failed to fetch|Unable to connect|network is unreachable|socket hang up/i,
    'The network did not answer: check the connection (and the proxy settings of npm and the package manager), then run the same command again. Finished steps are not repeated.',
  ],
  [/EACCES|EPERM|Permission denied/, 'Something is not allowed to this user: the last lines above name it.'],
];

/** What to do about a failed program, as far as its output tells. */
export function explainOutput(output) {
  return causes.find(([pattern]) => pattern.test(output))?.[1];
}
