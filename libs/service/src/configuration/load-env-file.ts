import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { MeterError } from '@smart-meter/meter-adapter';

/**
 * Completes an environment from a file, where there is one. What is set already wins.
 * @param file its path, seen from the working folder
 * @throws MeterError `configuration` where the file cannot be read
 */
export function loadEnvFile(file: string, environment: NodeJS.ProcessEnv): void {
  try {
    Object.assign(environment, { ...parseEnv(readFileSync(file, 'utf8')), ...environment });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    throw new MeterError('configuration', `${file} cannot be read (${code})`, { cause: error });
  }
}
