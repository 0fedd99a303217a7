import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { MeterError } from '@smart-meter/meter-adapter';

export interface Question {
  text: string;
  /** Whether what is typed must not show. */
  hidden?: boolean;
}

/** Asks the user and returns one line, without the spaces around it. Throws `MeterError` where nobody answers. */
export type Prompt = (question: Question, signal: AbortSignal) => Promise<string>;

/** Asks on standard error, so that standard output holds results alone. */
export const prompt: Prompt = async ({ text, hidden = false }, signal) => {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: process.stdin,
    output: hidden ? silent : process.stderr,
    terminal: process.stdin.isTTY === true,
  });
  try {
    if (hidden) process.stderr.write(text);
    const ended = new AbortController();
    lines.once('close', () => ended.abort());
    const answer = await lines.question(hidden ? '' : text, {
      signal: AbortSignal.any([signal, ended.signal]),
    });
    if (hidden) process.stderr.write('\n');
    return answer.trim();
  } catch (error) {
    if (signal.aborted) throw error;
    throw new MeterError('configuration', 'nobody answered: run this on a terminal', {
      cause: error,
    });
  } finally {
    lines.close();
  }
};
