import { MeterReading } from '@smart-meter/meter-adapter';
import { encodeReading } from './encode-reading';

const AT = new Date('2026-01-15T12:00:00.250Z');
const AT_MS = AT.getTime();

const reading = (part: Partial<MeterReading>): MeterReading => ({
  meterId: 'home',
  observedAt: AT,
  averagedOverS: 0,
  circuits: [],
  provenance: 'live',
  ...part,
});

const encode = (
  part: Partial<MeterReading>,
  options: { tagMeterId?: boolean; allowSynthetic?: boolean } = {},
) => encodeReading(reading(part), { meterType: 'home_assistant', tagMeterId: false, ...options });

const lines = (...args: Parameters<typeof encode>) => encode(...args).lineProtocol.split('\n');

describe('encodeReading', () => {
  it('writes the home and each circuit at the instant of the reading, in ms', () => {
    const circuits = [
      { id: 'c1', name: 'sensor.power_hvac', powerW: 500 },
      { id: 'c2', name: 'sensor.power_oven', powerW: -0.5, percentage: 12.5, dailyKwh: 1.25 },
    ];
    expect(encode({ totalPowerW: 2000, dailyKwh: 8.5, circuits })).toEqual({
      lineCount: 3,
      lineProtocol: [
        `smart_meter,meter_type=home_assistant total_power_w=2000,daily_kwh=8.5 ${AT_MS}`,
        `smart_meter_circuit,circuit_name=sensor.power_hvac,meter_type=home_assistant power_w=500,percentage=25 ${AT_MS}`,
        `smart_meter_circuit,circuit_name=sensor.power_oven,meter_type=home_assistant power_w=-0.5,percentage=12.5,daily_kwh=1.25 ${AT_MS}`,
      ].join('\n'),
    });
  });

  it('writes grid, solar and battery where the meter knows them', () => {
    expect(lines({ totalPowerW: 1, gridPowerW: -300, solarPowerW: 301, batteryPowerW: 0 })).toEqual([
      `smart_meter,meter_type=home_assistant total_power_w=1,grid_power_w=-300,solar_power_w=301,battery_power_w=0 ${AT_MS}`,
    ]);
  });

  it.each<[string, Partial<MeterReading>]>([
    ['null', { totalPowerW: null, dailyKwh: null, gridPowerW: null }],
    ['absent', {}],
    ['not finite', { totalPowerW: NaN, dailyKwh: Infinity }],
    [
      'null in a circuit',
      { circuits: [{ id: 'a', name: 'a', powerW: null, percentage: null, dailyKwh: null }] },
    ],
    ['null in an averaged backfill', { totalPowerW: null, averagedOverS: 60, provenance: 'backfill' }],
  ])('writes no point without a value: %s', (_what, part) => {
    expect(encode(part)).toEqual({ lineProtocol: '', lineCount: 0 });
  });

  it('leaves out only what is unknown', () => {
    expect(
      lines({
        totalPowerW: null,
        dailyKwh: 0,
        circuits: [{ id: 'a', name: 'a', powerW: null, dailyKwh: 2 }],
      }),
    ).toEqual([
      `smart_meter,meter_type=home_assistant daily_kwh=0 ${AT_MS}`,
      `smart_meter_circuit,circuit_name=a,meter_type=home_assistant daily_kwh=2 ${AT_MS}`,
    ]);
  });

  it.each([
    ['0 where the home exports', -100, 'power_w=50,percentage=0'],
    ['0 where the home draws nothing', 0, 'power_w=50,percentage=0'],
    ['unknown where the home is', null, 'power_w=50'],
    ['unknown where the reading does not speak of the home', undefined, 'power_w=50'],
  ])('has a percentage of %s', (_what, totalPowerW, fields) => {
    const part = totalPowerW === undefined ? {} : { totalPowerW };
    expect(lines({ ...part, circuits: [{ id: 'a', name: 'a', powerW: 50 }] }).at(-1)).toBe(
      `smart_meter_circuit,circuit_name=a,meter_type=home_assistant ${fields} ${AT_MS}`,
    );
  });

  it('labels what is not live, and what is an average', () => {
    expect(lines({ totalPowerW: 1, averagedOverS: 3600, provenance: 'backfill' })).toEqual([
      `smart_meter,meter_type=home_assistant total_power_w=1,averaged_over_s=3600,provenance="backfill" ${AT_MS}`,
    ]);
  });

  it.each(['cached', 'mock'] as const)(
    'writes %s values only where that is allowed by name',
    (provenance) => {
      expect(encode({ totalPowerW: 1, provenance }).lineCount).toBe(0);
      expect(lines({ totalPowerW: 1, provenance }, { allowSynthetic: true })).toEqual([
        `smart_meter,meter_type=home_assistant total_power_w=1,provenance="${provenance}" ${AT_MS}`,
      ]);
    },
  );

  it('tags the meter where there are several', () => {
    expect(
      lines({ totalPowerW: 1, circuits: [{ id: 'a', name: 'a', powerW: 1 }] }, { tagMeterId: true }),
    ).toEqual([
      `smart_meter,meter_id=home,meter_type=home_assistant total_power_w=1 ${AT_MS}`,
      `smart_meter_circuit,circuit_name=a,meter_id=home,meter_type=home_assistant power_w=1,percentage=100 ${AT_MS}`,
    ]);
  });

  it('tells circuits of the same name apart by their ids', () => {
    const circuits = ['Lights', 'Oven', 'Lights'].map((name, index) => ({
      id: `7-${index}`,
      name,
      powerW: 1,
    }));
    expect(lines({ circuits }).map((line) => /circuit_name=(.*),meter_type/.exec(line)?.[1])).toEqual([
      'Lights\\ (7-0)',
      'Oven',
      'Lights\\ (7-2)',
    ]);
  });

  it('refuses a reading without an instant', () => {
    expect(() => encode({ observedAt: new Date(NaN), totalPowerW: 1 })).toThrow('expected an instant');
  });
});
