import fc from 'fast-check';
import { isMeterError, JsonObject } from '@smart-meter/meter-adapter';
import { ChannelSample } from './channel';
import { parseGen1Status } from './gen1/gen1-status';
import { parseFirstRecordTs, parseRecordPage } from './gen2/records';
import { mergeStatus, parseGen2Status } from './gen2/status';

/** What a device may say, with the names that matter in it. */
const value = fc.oneof(fc.jsonValue(), fc.double(), fc.constant('power_meter_failure'));
const component = fc.dictionary(
  fc.constantFrom('a_act_power', 'b_act_power', 'c_act_power', 'act_power', 'apower', 'aenergy', 'errors'),
  value,
);
const status = fc.dictionary(
  fc.constantFrom('em:0', 'em1:1', 'emdata:0', 'em1data:1', 'switch:0', 'emeters', 'sys'),
  fc.oneof(component, value),
);

function isSound({ powerW, importKwh, exportKwh, phases }: ChannelSample): boolean {
  return [powerW, importKwh, exportKwh, ...phases.map((phase) => phase.powerW)].every(
    (number) => number === null || Number.isFinite(number),
  );
}

function orMeterError<Result>(parse: () => Result): Result | undefined {
  try {
    return parse();
  } catch (error) {
    if (isMeterError(error)) return undefined;
    throw error;
  }
}

describe('whatever a device says', () => {
  it('becomes finite values, unknown ones, or a typed error', () => {
    fc.assert(
      fc.property(status, status, (first, update) => {
        const merged = mergeStatus(first as JsonObject, update as JsonObject);
        expect(parseGen2Status(merged).every(isSound)).toBe(true);
        expect((orMeterError(() => parseGen1Status(merged)) ?? []).every(isSound)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('in its records too', () => {
    const page = fc.record({
      keys: fc.oneof(value, fc.constant(['total_act_energy', 'total_act_ret_energy'])),
      data: fc.oneof(
        value,
        fc.array(
          fc.record({
            ts: fc.oneof(value, fc.constant(1.7e9)),
            period: fc.oneof(value, fc.constant(60)),
            values: fc.oneof(value, fc.array(fc.array(value))),
          }),
        ),
      ),
      next_record_ts: value,
    });
    fc.assert(
      fc.property(page, (answer) => {
        const parsed = orMeterError(() => parseRecordPage(answer, 'em1:0'));
        expect((parsed?.records ?? []).every(({ sample }) => isSound(sample))).toBe(true);
        orMeterError(() => parseFirstRecordTs({ data_blocks: answer.data }));
      }),
      { numRuns: 1000 },
    );
  });
});
