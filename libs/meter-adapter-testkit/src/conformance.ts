import {
  describesSources,
  isHistoricalMeter,
  isMeterError,
  isStreamingMeter,
  MeterAdapter,
  MeterErrorCode,
  MeterReading,
} from '@smart-meter/meter-adapter';
import { errorFaults, readingFaults } from './invariants';

/** A fault that the adapter's source can be put into, and what the adapter must make of it. */
export interface ConformanceFault {
  name: string;
  /** Puts the source into the fault. */
  provoke(): Promise<void> | void;
  /** The codes that the adapter may answer with. */
  expectedCodes: readonly MeterErrorCode[];
}

export interface ConformanceSubject {
  adapter: MeterAdapter;
  /** Every secret that was given to the adapter. */
  secrets: readonly string[];
  /** Faults of the source; each is provoked on a fresh subject. */
  faults: readonly ConformanceFault[];
  /** Makes the source change, so that a stream has something to tell. Needed by streaming meters. */
  provokeChange?(): Promise<void> | void;
  /** A stretch for which the source has history. Needed by historical meters. */
  historyRange?: { from: Date; to: Date };
  /** Ends the source; the adapter is closed by the suite. */
  dispose(): Promise<void>;
}

/**
 * The suite that every adapter passes, as Jest tests.
 * @param makeSubject a fresh adapter over a fresh, healthy source
 * @param faultNames the names of the faults that `makeSubject` offers: Jest needs them before it runs
 */
export function describeMeterConformance(
  name: string,
  makeSubject: () => Promise<ConformanceSubject>,
  faultNames: readonly string[],
): void {
  describe(`${name} keeps the meter contract`, () => {
    let subject: ConformanceSubject;
    const controller = () => new AbortController();

    beforeEach(async () => {
      subject = await makeSubject();
    });
    afterEach(async () => {
      await subject.adapter.close();
      await subject.dispose();
    });

    it('names itself in a stable way', () => {
      expect(subject.adapter.meterType).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(subject.adapter.meterId).not.toBe('');
    });

    it('finds a healthy source in order', async () => {
      expect(await subject.adapter.testConnection(controller().signal)).toMatchObject({ ok: true });
    });

    it('reads sound values', async () => {
      const { reading } = await subject.adapter.fetchConsumption(controller().signal);
      expect(readingFaults(reading)).toEqual([]);
      expect(reading.provenance).not.toBe('cached');
      expect(reading.meterId).toBe(subject.adapter.meterId);
      expect(typeof reading.totalPowerW).toBe('number');
    });

    it('keeps the circuits under the same ids from reading to reading', async () => {
      const ids = async () =>
        (await subject.adapter.fetchConsumption(controller().signal)).reading.circuits
          .map((c) => c.id)
          .sort();
      expect(await ids()).toEqual(await ids());
    });

    it('stops when told to', async () => {
      const stop = controller();
      stop.abort(new Error('told to stop'));
      await expect(subject.adapter.fetchConsumption(stop.signal)).rejects.toThrow('told to stop');
    });

    it('can be closed twice', async () => {
      await subject.adapter.close();
      await expect(subject.adapter.close()).resolves.toBeUndefined();
    });

    for (const faultName of faultNames) {
      it(`answers "${faultName}" with a typed error`, async () => {
        const fault = subject.faults.find((candidate) => candidate.name === faultName);
        if (!fault) throw new Error(`the subject offers no fault "${faultName}"`);
        await fault.provoke();
        const error: unknown = await subject.adapter.fetchConsumption(controller().signal).then(
          ({ reading }) => new Error(`a reading came instead: ${JSON.stringify(reading)}`),
          (caught: unknown) => caught,
        );
        expect(errorFaults(error, subject.secrets)).toEqual([]);
        if (isMeterError(error)) expect(fault.expectedCodes).toContain(error.code);
        const test = await subject.adapter.testConnection(controller().signal);
        if (!test.ok) expect(errorFaults(test.error, subject.secrets)).toEqual([]);
      });
    }

    it('streams sound changes, if it streams', async () => {
      const { adapter, provokeChange } = subject;
      if (!isStreamingMeter(adapter)) return;
      if (!provokeChange) throw new Error('a streaming meter needs provokeChange');
      const stop = controller();
      const readings: MeterReading[] = [];
      await new Promise<void>((resolve, reject) => {
        const streaming = adapter.stream(
          {
            onConnected: () => void Promise.resolve(provokeChange()).catch(reject),
            onReading: (reading) => {
              readings.push(reading);
              stop.abort();
            },
          },
          stop.signal,
        );
        streaming.then(resolve, reject);
      });
      expect(readings.flatMap(readingFaults)).toEqual([]);
      expect(readings.length).toBeGreaterThan(0);
      expect(readings.every(({ provenance }) => provenance === 'live' || provenance === 'mock')).toBe(true);
    });

    it('tells its history in order and once, if it has one', async () => {
      const { adapter, historyRange } = subject;
      if (!isHistoricalMeter(adapter)) return;
      if (!historyRange) throw new Error('a historical meter needs historyRange');
      let coveredTo = historyRange.from.getTime();
      const readings: MeterReading[] = [];
      for await (const chunk of adapter.fetchHistory(historyRange, controller().signal)) {
        expect(chunk.range.from.getTime()).toBe(coveredTo);
        coveredTo = chunk.range.to.getTime();
        for (const reading of chunk.readings) {
          expect(reading.observedAt.getTime()).toBeGreaterThan(chunk.range.from.getTime());
          expect(reading.observedAt.getTime()).toBeLessThanOrEqual(chunk.range.to.getTime());
        }
        readings.push(...chunk.readings);
      }
      expect(coveredTo).toBe(historyRange.to.getTime());
      expect(readings.length).toBeGreaterThan(0);
      expect(readings.flatMap(readingFaults)).toEqual([]);
      expect(readings.every((reading) => reading.provenance === 'backfill')).toBe(true);
      const times = readings.map((reading) => reading.observedAt.getTime());
      expect(times).toEqual([...times].sort((a, b) => a - b));
    });

    it('explains every source, if it can', async () => {
      const { adapter } = subject;
      if (!describesSources(adapter)) return;
      const sources = await adapter.describeSources(controller().signal);
      expect(sources.length).toBeGreaterThan(0);
      for (const source of sources) expect(source.reason.length).toBeGreaterThan(10);
      expect(sources.some((source) => source.role !== 'none')).toBe(true);
    });
  });
}
