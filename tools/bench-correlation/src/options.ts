import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Split } from './traces';

export const SCENARIOS = ['usual', 'circuits', 'latency', 'distractors', 'solar', 'net', 'real'] as const;
export type ScenarioName = (typeof SCENARIOS)[number];

export interface BenchOptions {
  intervalsS: number[];
  homes: number;
  days: number;
  seeds: Split;
  source: 'traces' | 'household';
  scenarios: ScenarioName[];
  fitCalibration: boolean;
  tracesDir: string;
}

export const USAGE = `Usage: npm run bench:correlation -- [options]
  --interval 1,5,10,60,300   meter intervals, s
  --homes 8 --days 7         how many homes, for how long
  --seeds tuning|held-out    whose seeds and devices; only tuning may be looked at while anything is tuned
  --source traces|household  homes from real traces (TRACES_DIR, default ../shared/data) or from our own models
  --scenario ${SCENARIOS.join(',')}
                             usual = what the bounds are for; solar = net metered with the inverter known, net = without
  --quick                    two homes of two days at 10 and 60 s
  --fit-calibration          print the calibration map that these (tuning) homes give
`;

const PROJECT_ROOT = resolve(__dirname, '../../..');

/** Reads the command line; throws RangeError with a message for people. */
export function readOptions(args: string[], environment: NodeJS.ProcessEnv): BenchOptions {
  const { values } = parseArgs({
    args,
    options: {
      interval: { type: 'string' },
      homes: { type: 'string' },
      days: { type: 'string' },
      seeds: { type: 'string', default: 'tuning' },
      source: { type: 'string', default: 'traces' },
      scenario: { type: 'string', default: 'usual,real' },
      quick: { type: 'boolean', default: false },
      'fit-calibration': { type: 'boolean', default: false },
    },
  });
  const seeds = oneOf('--seeds', values.seeds, ['tuning', 'held-out'] as const);
  if (values['fit-calibration'] && seeds !== 'tuning')
    throw new RangeError('--fit-calibration needs --seeds tuning');
  const intervals = values.interval ?? (values.quick ? '10,60' : '1,5,10,60,300');
  return {
    intervalsS: intervals.split(',').map((text) => positive('--interval', text)),
    homes: positive('--homes', values.homes ?? (values.quick ? '2' : '8')),
    days: positive('--days', values.days ?? (values.quick ? '2' : '7')),
    seeds,
    source: oneOf('--source', values.source, ['traces', 'household'] as const),
    scenarios: values.scenario.split(',').map((name) => oneOf('--scenario', name, SCENARIOS)),
    fitCalibration: values['fit-calibration'],
    tracesDir: environment['TRACES_DIR'] ?? join(PROJECT_ROOT, '../shared/data'),
  };
}

function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined)
    throw new RangeError(`${option} is "${value}", expected one of ${allowed.join(', ')}`);
  return found;
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value <= 0)
    throw new RangeError(`${option} is "${text}", expected a whole number above 0`);
  return value;
}
