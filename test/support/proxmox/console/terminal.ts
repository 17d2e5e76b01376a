/** A terminal that echoes, and what came to it. */
export class Terminal {
  /** What was typed, message by message. */
  readonly input: string[] = [];
  readonly sizes: { readonly columns: number; readonly rows: number }[] = [];
  pings = 0;
  clients = 0;
  prompt: string;
  /** What a line comes to; a test may put its own here. */
  run: (line: string) => string = line => {
    const [program = '', ...rest] = line.trim().split(/\s+/);
    if (program === 'echo') return `${rest.join(' ')}\r\n`;
    return program === '' ? '' : `-bash: ${program}: command not found\r\n`;
  };

  constructor(name: string) {
    this.prompt = `root@${name}:~# `;
  }
}

export interface TerminalOptions {
  readonly terminal: Terminal;
  /** What the first line has to be. */
  readonly login: string;
  readonly send: (bytes: Buffer) => void;
  readonly close: () => void;
}

/** One client: it logs in with `user:ticket\n`, then sends `0:length:text`, `1:columns:rows:` and `2`. */
export class TerminalConnection {
  readonly #options: TerminalOptions;
  #bytes = Buffer.alloc(0);
  #loggedIn = false;
  #line = '';

  constructor(options: TerminalOptions) {
    this.#options = options;
  }

  receive(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    while (this.#takeMessage()) {}
  }

  end(): void {
    if (this.#loggedIn) this.#options.terminal.clients--;
  }

  #takeMessage(): boolean {
    const text = this.#bytes.toString('latin1');
    if (!this.#loggedIn) return this.#takeLogin(text);
    const data = /^0:(\d+):/.exec(text);
    if (data !== null) {
      const [start, length] = [data[0].length, Number(data[1])];
      if (this.#bytes.length < start + length) return false;
      this.#type(this.#bytes.subarray(start, start + length).toString('utf8'));
      return this.#drop(start + length);
    }
    const size = /^1:(\d+):(\d+):/.exec(text);
    if (size !== null) {
      this.#options.terminal.sizes.push({ columns: Number(size[1]), rows: Number(size[2]) });
      return this.#drop(size[0].length);
    }
    if (text.startsWith('2')) {
      this.#options.terminal.pings++;
      return this.#drop(1);
    }
    return false;
  }

  #takeLogin(text: string): boolean {
    const end = text.indexOf('\n');
    if (end < 0) return false;
    const { login, send, close, terminal } = this.#options;
    if (text.slice(0, end) !== login) {
      close();
      return false;
    }
    this.#loggedIn = true;
    terminal.clients++;
    send(Buffer.from('OK'));
    send(Buffer.from(terminal.prompt));
    return this.#drop(end + 1);
  }

  #type(text: string): void {
    const { terminal, send, close } = this.#options;
    terminal.input.push(text);
    for (const letter of text) {
      if (letter !== '\r' && letter !== '\n') {
        this.#line += letter;
        send(Buffer.from(letter));
        continue;
      }
      const line = this.#line;
      this.#line = '';
      send(Buffer.from('\r\n'));
      if (line.trim() === 'exit') {
        close();
        return;
      }
      send(Buffer.from(`${terminal.run(line)}${terminal.prompt}`));
    }
  }

  #drop(count: number): boolean {
    this.#bytes = this.#bytes.subarray(count);
    return this.#bytes.length > 0;
  }
}
