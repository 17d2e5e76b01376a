import { type OpenVolumes, openVolumes } from '../../../disk/files/open-volumes.ts';
import type { SourceImage } from '../../open-source.ts';

/** The image as it lies on the host, opened when it is first looked into. Nothing the guest does changes it. */
export class ImageView {
  readonly #image: SourceImage;
  #opened: Promise<OpenVolumes> | undefined;

  constructor(image: SourceImage) {
    this.#image = image;
  }

  /** Faults: those of `openVolumes`. */
  open(signal: AbortSignal): Promise<OpenVolumes> {
    const { path, format, parents } = this.#image;
    if (!this.#opened) {
      const opening = openVolumes({ image: path, format, parents: parents && [...parents] }, signal);
      // Who comes later has a time of his own.
      opening.catch(() => {
        this.#opened = undefined;
      });
      this.#opened = opening;
    }
    return this.#opened;
  }

  async close(): Promise<void> {
    await this.#opened?.then(
      open => open.close(),
      () => {},
    );
  }
}
