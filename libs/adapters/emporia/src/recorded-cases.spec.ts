import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readingFaults } from '@smart-meter/meter-adapter-testkit';
import { selectDevices } from './inventory';
import { layOut } from './layout';
import { legacyDialect } from './legacy-dialect';
import { modernDialect } from './modern-dialect';
import { energiesOf } from './live';
import { makeReading } from './reading';

const FOLDER = path.join(__dirname, '..', 'testdata');

interface Options {
  deviceGids?: number[];
  invertedCircuits?: string[];
}

function load(name: string, file: string): unknown {
  const filePath = path.join(FOLDER, name, file);
  return existsSync(filePath) ? JSON.parse(readFileSync(filePath, 'utf8')) : null;
}

/** What is made of one recorded list of devices and one recorded usage. */
function interpret(name: string): unknown {
  const dialect = name.startsWith('modern-') ? modernDialect('') : legacyDialect('');
  const options = (load(name, 'options.json') ?? {}) as Options;
  const inventory = selectDevices(dialect.readInventory(load(name, 'devices.json')), options.deviceGids);
  const answer = dialect.readUsage(load(name, 'usage.json'));
  const layout = layOut(inventory, answer.channels, {
    invertedCircuits: new Set(options.invertedCircuits),
    timeZone: 'UTC',
  });
  const reading = makeReading({
    meterId: 'm',
    layout,
    observedAt: new Date('2026-10-02T17:32:00Z'),
    bucketS: 60,
    energies: energiesOf(layout, answer),
    dailyKwh: new Map(),
    provenance: 'live',
  });
  expect(readingFaults(reading)).toEqual([]);
  const { totalPowerW, gridPowerW, solarPowerW, batteryPowerW } = reading;
  const quantities = { totalPowerW, gridPowerW, solarPowerW, batteryPowerW };
  return {
    home: Object.fromEntries(
      Object.entries(quantities).flatMap(([key, value]) => (value === undefined ? [] : [[key, tidy(value)]])),
    ),
    circuits: reading.circuits.map(({ id, name: circuitName, powerW, parentId }) => [
      id,
      circuitName,
      tidy(powerW),
      ...(parentId === undefined ? [] : [`in ${parentId}`]),
    ]),
    passedOver: layout.circuits
      .filter(({ role }) => role === 'none' || role === 'grid')
      .map(({ id, role }) => `${id}: ${role}`),
    warnings: layout.warnings,
  };
}

/** Without the last digits of binary fractions. */
const tidy = (value: number | null) => (value === null ? null : Number(value.toFixed(6)));

describe('recorded cases', () => {
  const names = readdirSync(FOLDER);

  it('are many', () => expect(names.length).toBeGreaterThanOrEqual(15));

  it.each(names)('%s', (name) => {
    expect(interpret(name)).toEqual(load(name, 'expected.json'));
  });
});
