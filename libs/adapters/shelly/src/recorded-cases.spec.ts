import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMeterError, JsonObject } from '@smart-meter/meter-adapter';
import { parseGen1Status } from './gen1/gen1-status';
import { parseRecordPage } from './gen2/records';
import { mergeStatus, parseGen2Status } from './gen2/status';

/** What came over the wire, under the name of what it is. */
interface RecordedCase {
  about: string;
  status?: JsonObject;
  /** What was told after the status. */
  updates?: JsonObject[];
  gen1?: JsonObject;
  records?: unknown;
  /** The channel that the records are of. */
  component?: string;
}

const folder = join(__dirname, '..', 'testdata');

function resultOf({ status, updates = [], gen1, records, component = '' }: RecordedCase): unknown {
  try {
    if (records !== undefined) return parseRecordPage(records, component);
    if (gen1 !== undefined) return parseGen1Status(gen1);
    return parseGen2Status(updates.reduce(mergeStatus, status ?? {}));
  } catch (error) {
    if (!isMeterError(error)) throw error;
    return { error: { code: error.code, message: error.message } };
  }
}

describe('recorded cases of Shelly', () => {
  it.each(readdirSync(folder))('%s', (name) => {
    const read = (file: string) => JSON.parse(readFileSync(join(folder, name, file), 'utf8')) as unknown;
    const result = resultOf(read('payload.json') as RecordedCase);
    expect(JSON.parse(JSON.stringify(result))).toEqual(read('expected.json'));
  });
});
