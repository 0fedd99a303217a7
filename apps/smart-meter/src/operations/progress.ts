import { SingleBar } from 'cli-progress';
import { Terminal } from './terminal';

/** A bar for people who watch; nothing where nobody does. */
export class Progress {
  private readonly bar: SingleBar | undefined;
  private isStarted = false;

  constructor(terminal: Terminal) {
    this.bar = terminal.isInteractive
      ? new SingleBar({
          format: '{step} [{bar}] {percentage} % | {value} of {total}',
          stream: process.stderr,
          hideCursor: true,
          clearOnComplete: true,
        })
      : undefined;
  }

  update(step: string, done: number, total: number): void {
    if (!this.isStarted) this.bar?.start(total, done, { step });
    this.isStarted = true;
    this.bar?.setTotal(total);
    this.bar?.update(done, { step });
  }

  end(): void {
    if (this.isStarted) this.bar?.stop();
  }
}
