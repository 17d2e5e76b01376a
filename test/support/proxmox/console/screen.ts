export interface KeyRecord {
  readonly down: boolean;
  readonly keysym: number;
  /** XT scan code, where the client sent the extended message of QEMU. */
  readonly scancode?: number;
}

export interface PointerRecord {
  readonly x: number;
  readonly y: number;
  readonly buttons: number;
}

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

type Listener = (change: { readonly area?: Area; readonly resized?: boolean }) => void;

/** The picture of a machine, and what came from keyboard and pointer. Tests paint it and read it. */
export class Screen {
  width: number;
  height: number;
  /** 0x00RRGGBB per pixel. */
  pixels: Uint32Array;
  readonly keys: KeyRecord[] = [];
  readonly pointers: PointerRecord[] = [];
  readonly clipboards: string[] = [];
  /** Combinations that came by sendkey. */
  readonly combinations: string[] = [];
  /** Encodings that the last client offered, in its order. */
  encodings: readonly number[] = [];
  /** Most bytes per message of the websocket: a client must not rely on how they are cut. */
  frameBytes = 4096;
  /** Takes the key messages of QEMU, which name the key; terminals have none. */
  namesKeys = true;
  /** Clients at present. */
  clients = 0;
  readonly #listeners = new Set<Listener>();
  readonly #drops = new Set<() => void>();

  constructor(width = 720, height = 400) {
    this.width = width;
    this.height = height;
    this.pixels = new Uint32Array(width * height);
  }

  /** Paints an area in one colour. */
  fill(area: Area, colour: number): void {
    for (let y = area.y; y < area.y + area.height; y++) {
      this.pixels.fill(colour, y * this.width + area.x, y * this.width + area.x + area.width);
    }
    this.#tell({ area });
  }

  /** Sets single pixels, row by row from the left upper corner. */
  paint(colourOf: (x: number, y: number) => number): void {
    for (let y = 0; y < this.height; y++) {
      for (let x = 0; x < this.width; x++) this.pixels[y * this.width + x] = colourOf(x, y);
    }
    this.#tell({ area: { x: 0, y: 0, width: this.width, height: this.height } });
  }

  resize(width: number, height: number, colour = 0): void {
    this.width = width;
    this.height = height;
    this.pixels = new Uint32Array(width * height).fill(colour);
    this.#tell({ resized: true });
  }

  /** Closes all connections without a word. */
  drop(): void {
    for (const drop of this.#drops) drop();
  }

  /** Used by connections. */
  join(listener: Listener, drop: () => void): () => void {
    this.#listeners.add(listener);
    this.#drops.add(drop);
    this.clients++;
    return () => {
      if (this.#listeners.delete(listener)) this.clients--;
      this.#drops.delete(drop);
    };
  }

  #tell(change: Parameters<Listener>[0]): void {
    for (const listener of this.#listeners) listener(change);
  }
}
