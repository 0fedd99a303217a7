import { createHousehold } from '@smart-meter/household';
import { Journal } from '@smart-meter/journal';
import { MeterReading } from '@smart-meter/meter-adapter';
import { FakeClock } from '@smart-meter/meter-adapter-testkit';
import { ShellyMeter } from '@smart-meter/adapter-shelly';
import { phaseSources, ShellySimulator } from '@smart-meter/simulators';
import pino from 'pino';
import { Collector } from '../src/collection/collector';
import { CurrentPicture } from '../src/collection/current-picture';
import { GapKeeper } from '../src/collection/gap-keeper';
import { GapWatch } from '../src/collection/gap-watch';
import { JournalStore } from '../src/collection/journal-store';
import { LiveStream } from '../src/collection/live-stream';
import { ReadingIntake } from '../src/collection/reading-intake';
import { temporaryFolder, waitFor } from './support/running-service';

const MINUTE_MS = 60_000;
const START = new Date('2026-06-20T08:00:00Z');
const LOST_MINUTES = 6 * 60;
const household = createHousehold({ seed: 11, solar: true, timeZone: 'Europe/Berlin' });

jest.setTimeout(60_000);

describe('A Pro 3EM at one update a second', () => {
  const clock = new FakeClock(START);
  const logger = pino({ level: 'silent' });
  let device: ShellySimulator;
  let meter: ShellyMeter;
  let journal: Journal;
  let keeper: GapKeeper;
  let stream: LiveStream;
  let intake: ReadingIntake;
  let updates = 0;
  const pushedAt: Date[] = [];

  beforeAll(async () => {
    device = await ShellySimulator.start({
      channels: [{ component: 'em', phases: phaseSources(household) }],
      clock,
      password: 'secret',
    });
    meter = new ShellyMeter({
      meterId: 'home',
      hosts: [device.host],
      password: 'secret',
      timeZone: 'Europe/Berlin',
      clock,
    });
    journal = Journal.open({
      dataDir: temporaryFolder(),
      timeZone: 'Europe/Berlin',
      clock,
      retentionDays: 30,
      outboxMaxBytes: 1e6,
    });
    const store = new JournalStore(journal, () => undefined, false);
    const random = () => 0;
    const options = { meterId: 'home', clock, random, logger };
    keeper = new GapKeeper({ ...options, follows: true, history: meter, gaps: journal.gaps, store });
    const watch = new GapWatch({
      clock,
      follows: true,
      lastKeptAt: null,
      knewTotalPower: false,
      wantedHistoryMs: 0,
      note: (range, reason) => keeper.note(range, reason),
    });
    const picture = new CurrentPicture();
    intake = new ReadingIntake({
      store,
      random,
      onStored: (readings) => readings.forEach((reading) => picture.add(reading)),
      onTrouble: (error) => {
        throw error;
      },
      onRecovered: () => undefined,
      onLost: () => undefined,
    });
    const collector = new Collector({ meter, intake, picture, watch, logger, keeps: true });
    stream = new LiveStream({
      ...options,
      meter,
      onReading: (reading) => {
        updates += 1;
        collector.onChange(reading);
      },
      onConnected: () => watch.onConnected(),
      onDisconnected: () => undefined,
      onGivenUp: (error) => {
        throw error;
      },
    });
    watch.start();
    keeper.start();
    stream.start();
  });

  afterAll(async () => {
    await stream?.stop();
    await keeper?.stop();
    intake?.close();
    journal?.close();
    await meter?.close();
    await device?.close();
  });

  async function live(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      await clock.advance(1000);
      const before = updates;
      device.pushUpdate();
      pushedAt.push(clock.now());
      // An update is there within a millisecond: waiting in larger steps would make the test long.
      for (let tried = 0; updates === before && tried < 1000; tried += 1) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      expect(updates).toBeGreaterThan(before);
    }
  }

  it('has no gap after six hours without a connection, and every value is true', async () => {
    await waitFor('the first connection', () => stream.isConnected);
    await live(5 * 60);

    await device.refuseConnections();
    await waitFor('the loss', () => !stream.isConnected);
    for (let minute = 0; minute < LOST_MINUTES; minute += 1) await clock.advance(MINUTE_MS);
    await device.acceptConnections();
    while (!stream.isConnected) {
      await clock.advance(1000);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await live(5 * 60);
    await waitFor('the end of filling', async () => {
      await clock.advance(1000);
      return journal.gaps.unfinished('home').length === 0;
    });
    intake.close();

    const lost = journal.gaps.list().filter(({ from, to }) => to.getTime() - from.getTime() > MINUTE_MS);
    expect(lost).toMatchObject([{ state: 'filled', detail: null }]);
    expect(journal.gaps.list().filter(({ detail }) => detail !== null)).toEqual([]);

    const readings = [...journal.readings({ from: START, to: clock.now() })];
    const minuteOf = ({ observedAt }: MeterReading) =>
      Math.ceil((observedAt.getTime() - START.getTime()) / MINUTE_MS);
    const liveMinutes = new Set(readings.filter(({ provenance }) => provenance === 'live').map(minuteOf));
    const stored = readings.filter(
      ({ averagedOverS, totalPowerW }) => averagedOverS === 60 && totalPowerW !== undefined,
    );
    const storedMinutes = new Set(stored.map(minuteOf));
    const lastMinute = Math.floor((clock.now().getTime() - START.getTime()) / MINUTE_MS) - 1;
    const missing = Array.from({ length: lastMinute }, (_, index) => index + 1).filter(
      (minute) => !liveMinutes.has(minute) && !storedMinutes.has(minute),
    );
    expect(missing).toEqual([]);
    expect(stored.length).toBeGreaterThanOrEqual(LOST_MINUTES);
    for (const { observedAt, totalPowerW } of stored) {
      const from = new Date(observedAt.getTime() - MINUTE_MS);
      const { gridImportKwh, gridExportKwh } = household.energyKwhBetween(from, observedAt);
      expect(totalPowerW).toBeCloseTo((gridImportKwh - gridExportKwh) * MINUTE_MS, 3);
    }
    const powerAt = new Map(
      readings.map(({ observedAt, averagedOverS, totalPowerW }) => [
        `${averagedOverS} ${observedAt.getTime()}`,
        totalPowerW,
      ]),
    );
    expect(pushedAt).toHaveLength(600);
    for (const at of pushedAt) {
      expect(powerAt.get(`0 ${at.getTime()}`)).toBeCloseTo(household.powerAt(at).gridPowerW, 9);
    }
  });
});
