import { stat } from 'node:fs/promises';
import { Fault } from '../../../errors/fault.ts';
import type { CallContext } from '../../../model/call.ts';
import { encodeRequest, listParameters, pathParameters } from './encode-request.ts';
import type { ProxmoxRequest } from './request.ts';
import type { RequestSender } from './request-sender.ts';
import { buildUploadBody, type UploadedFile } from './upload-body.ts';

/** How long an upload may stand still: the node writes the file elsewhere before it answers. */
const stillMilliseconds = 120_000;

/** Sends a file with a form, as it is read; returns the `data` of the answer. */
export async function uploadFile(
  sender: RequestSender,
  request: ProxmoxRequest,
  file: UploadedFile,
  { signal, progress }: Pick<CallContext, 'signal' | 'progress'>,
): Promise<unknown> {
  const size = await measure(file.path);
  const fields = listParameters(request.params ?? {}, pathParameters(request.path));
  const { headers, open } = buildUploadBody(fields, file, size);
  const encoded = { ...encodeRequest(request), form: undefined };
  const stall = new StallGuard(signal, Math.max(sender.timeout, stillMilliseconds));
  let told = 0;
  const onSent = (bytes: number) => {
    stall.touch();
    const fraction = bytes / size;
    // A line for each hundredth, not for each piece.
    if (fraction - told < 0.01 && fraction < 1) return;
    told = fraction;
    progress({ fraction, message: `Sending ${file.name}: ${Math.floor(fraction * 100)} %` });
  };
  try {
    const body = () => open(onSent);
    const options = { signal: stall.signal, timeoutMilliseconds: longestUpload };
    return sender.read(await sender.deliver(encoded, { headers, body, unqueued: true }, options), encoded);
  } finally {
    stall.end();
  }
}

/** The stall is what ends it; this only keeps the timer in its bounds. */
const longestUpload = 2 ** 31 - 1;

/** Ends what has not moved for so long. */
class StallGuard {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  readonly #stop = () => this.#controller.abort(this.#outer.reason);

  constructor(outer: AbortSignal, milliseconds: number) {
    this.#outer = outer;
    const fault = new Fault('timeout', 'The upload stands still, and was given up.', {
      remedy: 'See whether the node has room for the file in /var/tmp, and try again.',
    });
    this.#timer = setTimeout(() => this.#controller.abort(fault), milliseconds);
    outer.addEventListener('abort', this.#stop, { once: true });
    if (outer.aborted) this.#stop();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  touch(): void {
    this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener('abort', this.#stop);
  }
}

async function measure(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return found.size;
  throw new Fault('not_found', `There is no file ${path}.`, { remedy: 'Give the path of a file on this machine.' });
}
