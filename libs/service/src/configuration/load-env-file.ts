import { existsSync } from 'node:fs';
import { MeterError } from '@smart-meter/meter-adapter';

const FILE = '.env';

/**
 * Completes the process's environment from `.env` in the working folder, where there is one.
 * What is set already wins.
 * @throws MeterError `configuration` where the file cannot be read
 */
export function loadEnvFile(): void {
  if (!existsSync(FILE)) return;
  try {
    process.loadEnvFile(FILE);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new MeterError('configuration', `${FILE} cannot be read (${code})`, { cause: error });
  }
}
