import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMeterError } from '@smart-meter/meter-adapter';
import { parseEnergy } from './energy';

/** What came over the wire. */
type RecordedCase = { about: string; status?: unknown };

const folder = join(__dirname, '..', 'testdata');

describe('recorded cases of Tasmota', () => {
  it.each(readdirSync(folder))('%s', (name) => {
    const read = (file: string) => JSON.parse(readFileSync(join(folder, name, file), 'utf8')) as RecordedCase;
    const resultOf = (): unknown => {
      try {
        return parseEnergy(read('payload.json').status, '192.0.2.30');
      } catch (error) {
        if (!isMeterError(error)) throw error;
        return { error: { code: error.code, message: error.message } };
      }
    };
    expect(resultOf()).toEqual(read('expected.json'));
  });
});
