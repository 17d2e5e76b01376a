import { escapeControls } from '../../errors/escape.ts';
import { Fault, type FaultCode } from '../../errors/fault.ts';
import type { ImageFormat } from '../../model/image.ts';
import { explainStartFailure, type StartFailure } from '../guest/start-failure.ts';

/** The image that qemu-img was to read, and the file that it was to write, where that is another. */
export interface ImgSubject {
  readonly image: { readonly path: string; readonly format: ImageFormat };
  readonly target?: string | undefined;
}

interface Rule {
  readonly pattern: RegExp;
  readonly code: FaultCode;
  readonly reason: string;
  readonly message: (place: string) => string;
  readonly remedy: string;
}

/** Those that mean something else for a file that is made than for a machine that starts. */
const rules: readonly Rule[] = [
  {
    // qemu-img: error while writing at byte 4194304: No space left on device
    pattern: /No space left on device|not enough space|Disk quota exceeded/i,
    code: 'host_fault',
    reason: 'disk_full',
    message: place => `The disk that holds ${place} is full.`,
    remedy: 'Free some space there, or choose a place on another disk.',
  },
  {
    // qemu-img: image.raw: The image size is too large for file format 'raw'   (what QEMU makes of EFBIG)
    pattern: /File too large|size is too large|max(imum)? (of|supported)/i,
    code: 'unsupported',
    reason: 'too_large',
    message: place => `A file of the size that ${place} would have is more than its format or its file system allows.`,
    remedy: 'Choose qcow2, or a place on another file system.',
  },
  {
    // qemu-img: Can't resize a v2 image which has snapshots
    pattern: /which has snapshots|Internal snapshots|persistent bitmap|has dirty bitmaps/i,
    code: 'conflict',
    reason: 'snapshots',
    message: place => `The image ${place} has snapshots or bitmaps inside, which forbid it.`,
    remedy: 'Copy the disk into a new image first: image.convert leaves them out.',
  },
  {
    // qemu-img: error while reading at byte 0: Input/output error
    pattern: /Input\/output error/i,
    code: 'host_fault',
    reason: 'io',
    message: place => `The host reported an input/output error while ${place} was worked on, or the image is damaged.`,
    remedy: 'Check the image with image.inspect, and the disk that holds it.',
  },
];

/** The Fault for a qemu-img that did not do what it was asked to. */
export function explainImgFailure(subject: ImgSubject, failure: StartFailure): Fault {
  const { path } = subject.image;
  // qemu-img repeats descriptions of nodes, whose words shall not be taken for a cause.
  const stderr = failure.stderr.replace(/'json:\{.*?\}'/g, "'…'");
  const words = stderr.replaceAll(path, '');
  const rule = rules.find(({ pattern }) => pattern.test(words));
  if (rule === undefined && failure.stderr !== '') {
    return explainStartFailure({ image: subject.image, accelerator: 'tcg' }, { ...failure, stderr });
  }
  const data = { ...failure, stderr: escapeControls(stderr.slice(-4096)), image: path, target: subject.target };
  if (rule !== undefined) {
    const place = subject.target ?? path;
    return new Fault(rule.code, rule.message(place), { remedy: rule.remedy, data: { ...data, reason: rule.reason } });
  }
  const how = failure.signal === undefined ? `with exit code ${failure.exitCode}` : `by ${failure.signal}`;
  return new Fault('host_fault', `qemu-img ended ${how} while it worked on ${path}.`, {
    remedy: 'Try again; when it was ended by SIGKILL, the host may have run out of memory.',
    data: { ...data, reason: 'ended' },
  });
}
