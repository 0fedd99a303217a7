/** Where the journal tells what an operator should know: a recovery, a drop, a failing listener. */
export type JournalLog = (
  level: 'info' | 'warn' | 'error',
  message: string,
  details?: Readonly<Record<string, unknown>>,
) => void;

export const silentLog: JournalLog = () => undefined;
