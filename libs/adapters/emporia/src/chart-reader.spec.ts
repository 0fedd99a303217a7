import { Fault } from '@smart-meter/simulators';
import { EmporiaMeter } from './emporia-meter';
import { collectHistory } from './testing/collect-history';
import { SimulatedCloud, startCloud } from './testing/simulated-cloud';

// A machine that is busy with other things is no fault.
jest.setTimeout(60_000);

const RANGE = { from: new Date('2026-06-15T08:00:00Z'), to: new Date('2026-06-15T08:05:00Z') };
const chart = { path: /AppAPI/ };

/** What the chart of the mains can look like, and the powers that are made of it, W by the minute of its end. */
const SHAPES: [string, string, Record<number, number>][] = [
  [
    'as asked for',
    '{"firstUsageInstant":"2026-06-15T08:00:00Z","usageList":[0.001,0.002,null,0.004,0.005]}',
    { 1: 60, 2: 120, 4: 240, 5: 300 },
  ],
  [
    'beginning later',
    '{"firstUsageInstant":"2026-06-15T08:03:00Z","usageList":[0.004,0.005]}',
    { 4: 240, 5: 300 },
  ],
  [
    'beginning earlier',
    '{"firstUsageInstant":"2026-06-15T07:58:00Z","usageList":[0.009,0.009,0.001,0.002]}',
    { 1: 60, 2: 120 },
  ],
  [
    'going on too long',
    '{"firstUsageInstant":"2026-06-15T08:00:00Z","usageList":[0.001,0.002,0.003,0.004,0.005,0.006,0.007]}',
    { 1: 60, 2: 120, 3: 180, 4: 240, 5: 300 },
  ],
  [
    'with a first instant that is not rounded',
    '{"firstUsageInstant":"2026-06-15T08:01:59.4Z","usageList":[0.002]}',
    { 2: 120 },
  ],
  [
    'with what is no number',
    '{"firstUsageInstant":"2026-06-15T08:00:00Z","usageList":["0.001",{},0.003,true,0.005]}',
    { 3: 180, 5: 300 },
  ],
  ['without a first instant', '{"firstUsageInstant":null,"usageList":[0.001]}', {}],
  ['without a list', '{"firstUsageInstant":"2026-06-15T08:00:00Z"}', {}],
  ['with an empty list', '{"firstUsageInstant":"2026-06-15T08:00:00Z","usageList":[]}', {}],
  ['an empty object', '{}', {}],
  ['an empty body', '', {}],
  ['null', 'null', {}],
  ['an array', '[]', {}],
];

describe('the charts', () => {
  let cloud: SimulatedCloud;
  let meter: EmporiaMeter;

  beforeEach(async () => {
    cloud = await startCloud();
    cloud.devices.pop();
    meter = cloud.meter();
    await meter.fetchConsumption(new AbortController().signal);
  });
  afterEach(() => cloud.simulator.close());

  const chartRequests = () => meter.requestCounts().chart.total;
  const answerAll = (body: string) => cloud.simulator.faults.always({ kind: 'body', body }, chart);

  it.each(SHAPES)('%s', async (_name, body, expected) => {
    answerAll(body);
    const readings = (await collectHistory(meter, RANGE)).flatMap((chunk) => chunk.readings);
    const powers = readings.map(({ observedAt, gridPowerW }) => [
      observedAt.getUTCMinutes(),
      Math.round(gridPowerW ?? NaN),
    ]);
    expect(Object.fromEntries(powers)).toEqual(expected);
    expect(readings.every(({ averagedOverS }) => averagedOverS === 60)).toBe(true);
  });

  it('are read slowly', async () => {
    await collectHistory(meter, RANGE);
    expect(chartRequests()).toBeGreaterThan(5);
    const pauses = cloud.clock.waits.filter((ms) => ms === 1_500);
    expect(pauses).toHaveLength(chartRequests() - 1);
  });

  it('are not asked for again within the hour where they were empty, and are after it', async () => {
    answerAll('{"firstUsageInstant":"2026-06-15T08:00:00Z","usageList":[null,null,null,null,null]}');
    await collectHistory(meter, RANGE);
    const asked = chartRequests();
    await collectHistory(meter, RANGE);
    expect(chartRequests()).toBe(asked);
    cloud.clock.advance(3_700_000);
    await collectHistory(meter, RANGE);
    expect(chartRequests()).toBe(2 * asked);
  });

  it('are asked for again soon where they were empty but young: a backlog may come', async () => {
    const callOff = answerAll('');
    const young = { from: new Date('2026-06-15T10:00:00Z'), to: new Date('2026-06-15T10:20:00Z') };
    expect((await collectHistory(meter, young)).flatMap(({ readings }) => readings)).toEqual([]);
    callOff();
    expect((await collectHistory(meter, young)).flatMap(({ readings }) => readings)).toHaveLength(20);
  });

  it('that were read before an interruption are not read again', async () => {
    const broken: Fault = { kind: 'status', status: 503 };
    cloud.simulator.faults.next([null, null, null, broken, broken, broken], chart);
    await expect(collectHistory(meter, RANGE)).rejects.toMatchObject({ code: 'unavailable' });
    cloud.clock.advance(60_000);
    const before = chartRequests();
    const [chunk] = await collectHistory(meter, RANGE);
    expect(chunk?.readings).toHaveLength(5);
    // Mains, six circuits and the solar system, less the three that were there.
    expect(chartRequests() - before).toBe(8 - 3);
  });
});
