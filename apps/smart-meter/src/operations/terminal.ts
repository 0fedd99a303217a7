/** Where a command writes to: results to standard output, everything else to standard error. */
export interface Terminal {
  print(line: string): void;
  note(line: string): void;
  /** Raw bytes of a result, honouring back-pressure. */
  write(chunk: string | Uint8Array): Promise<void>;
  /** Whether somebody watches: progress bars are for people. */
  readonly isInteractive: boolean;
}

// A reader that has seen enough, such as `head`, closes the pipe: that ends the command and is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

export const terminal: Terminal = {
  print: (line) => void process.stdout.write(`${line}\n`),
  note: (line) => void process.stderr.write(`${line}\n`),
  write: (chunk) =>
    new Promise((resolve, reject) => {
      process.stdout.write(chunk, (error) => (error ? reject(error) : resolve()));
    }),
  isInteractive: process.stderr.isTTY === true,
};
