import { Terminal } from '../../src/operations/terminal';

/** A terminal that nobody sees, and what was written to it. */
export class CapturedTerminal implements Terminal {
  readonly isInteractive = false;
  readonly printed: string[] = [];
  readonly noted: string[] = [];

  print(line: string): void {
    this.printed.push(line);
  }

  note(line: string): void {
    this.noted.push(line);
  }

  async write(chunk: string | Uint8Array): Promise<void> {
    this.printed.push(chunk.toString());
  }

  get text(): string {
    return [...this.printed, ...this.noted].join('\n');
  }
}
