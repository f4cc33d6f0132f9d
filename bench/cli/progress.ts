// SPDX-License-Identifier: MIT
// One line that says how far a run is and how long it will take, on a terminal; elsewhere a line
// for each tenth.

export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export class ProgressLine {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  readonly #started: number;
  #tenth = 0;

  constructor(terminal: Terminal, now: () => number = () => performance.now()) {
    this.#terminal = terminal;
    this.#now = now;
    this.#started = now();
  }

  /** `done`: the part, of 1, that lies behind. */
  show(done: number, what: string): void {
    const left = done > 0.02 ? `, ${duration(this.#left(done))} left` : '';
    const line = `${Math.floor(100 * done)} %${left}: ${what}`;
    if (this.#terminal.isTTY) {
      const width = (this.#terminal.columns ?? 80) - 1;
      this.#terminal.write(`\r\x1b[2K${line.slice(0, width)}`);
    } else if (done >= this.#tenth / 10) {
      this.#tenth = Math.floor(10 * done) + 1;
      this.#terminal.write(`${line}\n`);
    }
  }

  end(): void {
    if (this.#terminal.isTTY) this.#terminal.write('\r\x1b[2K');
  }

  #left(done: number): number {
    return ((this.#now() - this.#started) / 1000) * (1 / done - 1);
  }
}

export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
