import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MeterReading } from '@smart-meter/meter-adapter';
import * as fc from 'fast-check';
import { Journal } from './journal';
import { circuit, journalBench, reading, T0 } from './testing/test-journal';

const { newDirectory, open } = journalBench();

const always = { from: new Date(0), to: new Date('2100-01-01') };

function allReadings(journal: Journal): MeterReading[] {
  return [...journal.readings(always)];
}

describe('append', () => {
  it('gives readings back as they came, also after a restart', () => {
    const dataDir = newDirectory();
    const journal = open({ dataDir });
    const full = reading(T0, {
      totalPowerW: 400,
      dailyKwh: 1.5,
      gridPowerW: -20.5,
      solarPowerW: 420.5,
      batteryPowerW: 0,
      circuits: [
        circuit('a', 100, { name: 'HVAC, main="x" 🔥', dailyKwh: 0.4, percentage: 25 }),
        circuit('b', -40, { parentId: 'a', percentage: -10 }),
      ],
    });
    const push = reading(T0 + 1_001, { circuits: [circuit('b', 7.25, { parentId: 'a' })] });
    const averaged = reading(T0 + 60_000, { averagedOverS: 60, totalPowerW: 410, provenance: 'backfill' });
    expect(journal.append({ readings: [full, push, averaged] })).toEqual({
      readings: 3,
      stored: 10,
      unchanged: 0,
      skippedReadings: 0,
      enqueuedEntries: 0,
    });
    const expected = [
      { ...full, circuits: [{ ...full.circuits[0] }, { ...full.circuits[1] }] },
      { ...push, circuits: [{ ...push.circuits[0], name: 'b' }] },
      averaged,
    ];
    expect(allReadings(journal)).toEqual(expected);
    journal.close();
    expect(allReadings(open({ dataDir }))).toEqual(expected);
  });

  it('keeps an unknown value as unknown, neither zero nor absent', () => {
    const journal = open();
    journal.append({
      readings: [reading(T0, { totalPowerW: null, circuits: [circuit('a', null), circuit('b', NaN)] })],
    });
    expect(allReadings(journal)).toEqual([
      reading(T0, {
        totalPowerW: null,
        circuits: [circuit('a', null, { percentage: null }), circuit('b', null, { percentage: null })],
      }),
    ]);
  });

  it('changes nothing when the same readings come again', () => {
    const journal = open();
    const readings = [reading(T0, { totalPowerW: 1 }), reading(T0 + 1, { totalPowerW: null })];
    journal.append({ readings });
    expect(journal.append({ readings })).toMatchObject({ stored: 0, unchanged: 2 });
    expect(allReadings(journal)).toEqual(readings);
  });

  it.each([
    ['backfill after live', 'live', 1, 'backfill', 2, 1],
    ['live after backfill', 'backfill', 1, 'live', 2, 2],
    ['backfill after an unknown live value', 'live', null, 'backfill', 2, 2],
    ['an unknown live value after backfill', 'backfill', 1, 'live', null, 1],
    ['an unknown value after an unknown one', 'backfill', null, 'live', null, null],
    ['a corrected value', 'live', 1, 'live', 2, 2],
    ['an unknown value after a known one', 'live', 1, 'live', null, 1],
    ['a known value after an unknown one', 'backfill', null, 'backfill', 2, 2],
  ] as const)('at one instant: %s', (_case, first, firstW, second, secondW, keptW) => {
    const journal = open();
    journal.append({ readings: [reading(T0, { provenance: first, totalPowerW: firstW })] });
    journal.append({ readings: [reading(T0, { provenance: second, totalPowerW: secondW })] });
    expect(allReadings(journal).map(({ totalPowerW }) => totalPowerW)).toEqual([keptW]);
  });

  it('keeps an average beside an instantaneous value of the same instant: they are different facts', () => {
    const journal = open();
    journal.append({ readings: [reading(T0, { totalPowerW: 1 })] });
    journal.append({
      readings: [reading(T0, { totalPowerW: 2, averagedOverS: 300, provenance: 'backfill' })],
    });
    expect(allReadings(journal)).toHaveLength(2);
  });

  describe('with lines for the database', () => {
    const told = (journal: Journal, ...readings: MeterReading[]) => {
      const seen: MeterReading[] = [];
      const encode = (reading: MeterReading) => {
        seen.push(reading);
        return { lineProtocol: `${reading.provenance} v=1 1`, lineCount: 1 };
      };
      journal.append({ readings, encode });
      return seen;
    };
    const live = reading(T0, { totalPowerW: 400, circuits: [circuit('a', 100), circuit('b', null)] });

    it('enqueues what the encoder says, in the transaction of the readings', () => {
      const journal = open();
      expect(told(journal, live)).toEqual([live]);
      expect(journal.outbox.stats()).toMatchObject({ entries: 1, lines: 1 });
      expect(() => told(journal, live, reading(NaN, { totalPowerW: 1 }))).toThrow('observedAt');
      expect(journal.outbox.stats()).toMatchObject({ entries: 1, lines: 1 });
      journal.append({ readings: [live], encode: () => undefined });
      expect(journal.outbox.stats()).toMatchObject({ entries: 1, lines: 1 });
    });

    it('tells a live reading again: the same points change nothing', () => {
      const journal = open();
      told(journal, live);
      expect(told(journal, live)).toEqual([live]);
    });

    it.each([0, 60])('tells of a backfill, averaged over %d s, only what no live value stands above', (s) => {
      const journal = open();
      told(journal, live);
      const backfill = reading(T0, {
        averagedOverS: s,
        provenance: 'backfill',
        gridPowerW: 500,
        circuits: [circuit('a', 125, { dailyKwh: 1 }), circuit('b', 50), circuit('c', 25, { dailyKwh: 2 })],
      });
      expect(told(journal, { ...backfill, totalPowerW: 500 })).toEqual([
        {
          ...backfill,
          circuits: [
            circuit('a', null, { dailyKwh: 1, percentage: null }),
            circuit('b', 50, { percentage: 10 }),
            circuit('c', 25, { dailyKwh: 2, percentage: 5 }),
          ],
        },
      ]);
    });

    it('tells a backfilled value once, whatever is read again', () => {
      const journal = open();
      const minute = reading(T0, { averagedOverS: 60, provenance: 'backfill', totalPowerW: 5 });
      const hour = reading(T0, { averagedOverS: 3_600, provenance: 'backfill', totalPowerW: 7 });
      const telling = (...readings: MeterReading[]) =>
        told(journal, ...readings).map(({ totalPowerW }) => totalPowerW);
      expect(telling(minute)).toEqual([5]);
      expect(telling(minute)).toEqual([undefined]);
      expect(telling(hour)).toEqual([undefined]);
      expect(telling({ ...minute, totalPowerW: 6 })).toEqual([6]);
      expect(allReadings(journal)).toHaveLength(2);
    });

    it('tells a batch that was undone anew', () => {
      const journal = open();
      const backfill = reading(T0, { provenance: 'backfill', totalPowerW: 5 });
      expect(() => told(journal, backfill, reading(NaN, { totalPowerW: 1 }))).toThrow('observedAt');
      expect(told(journal, backfill)).toEqual([backfill]);
    });

    it('tells nothing of what is left out', () => {
      const journal = open();
      expect(told(journal, reading(T0, { provenance: 'cached', totalPowerW: 5 }))).toEqual([]);
    });
  });

  it('leaves cached and mock readings out unless asked', () => {
    const journal = open();
    const mock = reading(T0, { provenance: 'mock', totalPowerW: 5 });
    const cached = reading(T0 + 1, { provenance: 'cached', totalPowerW: 5 });
    expect(journal.append({ readings: [mock, cached] })).toMatchObject({ stored: 0, skippedReadings: 2 });
    expect(journal.append({ readings: [mock, cached], alsoKeep: ['mock'] })).toMatchObject({
      stored: 1,
      skippedReadings: 1,
    });
    expect(allReadings(journal)).toEqual([mock]);
  });

  it('takes all or nothing: a reading that cannot be kept undoes its batch, new series and lines included', () => {
    const journal = open();
    const batch = {
      readings: [reading(T0, { circuits: [circuit('new', 1)] }), reading(NaN, { totalPowerW: 1 })],
      outbox: [{ lineProtocol: 'a v=1 1', lineCount: 1 }],
    };
    expect(() => journal.append(batch)).toThrow(/observedAt/);
    expect(journal.series()).toEqual([]);
    expect(journal.outbox.stats()).toMatchObject({ entries: 0, lines: 0, bytes: 0 });
    journal.append({ readings: [reading(T0, { circuits: [circuit('new', 1)] })] });
    expect(journal.series()).toHaveLength(1);
  });

  it('keeps the name and parent that the most recent reading tells, whatever comes in late', () => {
    const journal = open();
    journal.append({
      readings: [reading(T0, { circuits: [circuit('a', 1, { name: 'old', parentId: 'p' })] })],
    });
    journal.append({ readings: [reading(T0 + 10, { circuits: [circuit('a', 1, { name: 'new' })] })] });
    journal.append({
      readings: [reading(T0 + 5, { provenance: 'backfill', circuits: [circuit('a', 1, { name: 'older' })] })],
    });
    expect(journal.series()).toMatchObject([{ circuitId: 'a', name: 'new', parentId: null }]);
  });
});

describe('latestReading', () => {
  it('puts together what pushes told one by one, and leaves out what has been silent', () => {
    const journal = open();
    journal.append({
      readings: [
        reading(T0 - 3_600_000, { circuits: [circuit('gone', 9)] }),
        reading(T0, { totalPowerW: 200, circuits: [circuit('a', 50)] }),
        reading(T0 + 5_000, { circuits: [circuit('b', 100)] }),
        reading(T0 + 6_000, { meterId: 'other', totalPowerW: 1 }),
      ],
    });
    expect(journal.latestReading('home')).toEqual(
      reading(T0 + 5_000, {
        totalPowerW: 200,
        circuits: [circuit('a', 50, { percentage: 25 }), circuit('b', 100, { percentage: 50 })],
      }),
    );
    expect(journal.latestReading('nobody')).toBeUndefined();
  });
});

describe('readings', () => {
  it('pages through dense and sparse stretches without losing or repeating one', () => {
    const journal = open();
    const dense = Array.from({ length: 6_000 }, (_, i) => reading(T0 + i, { totalPowerW: i }));
    const oneInstant = reading(T0 + 10_000, {
      circuits: Array.from({ length: 500 }, (_, i) => circuit(`c${i}`, i)),
    });
    const manyAverages = Array.from({ length: 300 }, (_, i) =>
      reading(T0 + 20_000, { totalPowerW: i, averagedOverS: i + 1 }),
    );
    const sparse = Array.from({ length: 50 }, (_, i) =>
      reading(T0 + 86_400_000 * (i + 1), { totalPowerW: i }),
    );
    const readings = [...dense, oneInstant, ...manyAverages, ...sparse];
    journal.append({ readings });
    expect(allReadings(journal)).toEqual(readings);
    const period = { from: new Date(T0 + 1), to: new Date(T0 + 4) };
    expect([...journal.readings(period)]).toEqual(dense.slice(1, 4));
  });

  it('gives back every reading of any mixture, in order', () => {
    const anyReading = fc.record({
      atMs: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 30 * 86_400_000 })),
      averagedOverS: fc.constantFrom(0, 60, 900),
      ids: fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }),
    });
    const anyReadings = fc.uniqueArray(anyReading, {
      selector: ({ atMs, averagedOverS }) => `${atMs} ${averagedOverS}`,
      maxLength: 400,
    });
    // The circuits' own order is that of their series.
    const first = reading(0, { circuits: ['a', 'b', 'c'].map((id) => circuit(id, 0)) });
    const property = fc.property(anyReadings, (mixture) => {
      const journal = open();
      const readings = mixture.map(({ atMs, averagedOverS, ids }) =>
        reading(T0 + atMs, { averagedOverS, circuits: ids.sort().map((id) => circuit(id, atMs)) }),
      );
      journal.append({ readings: [first, ...readings] });
      const inOrder = readings.toSorted(
        (a, b) => Number(a.observedAt) - Number(b.observedAt) || a.averagedOverS - b.averagedOverS,
      );
      expect(allReadings(journal)).toEqual([first, ...inOrder]);
      journal.close();
    });
    fc.assert(property, { numRuns: 20 });
  });

  it('holds no more of them in memory than it gives out', () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const journal = open();
    const circuits = Array.from({ length: 20 }, (_, i) => circuit(`c${i}`, i));
    for (let first = 0; first < 10_000; first += 1_000) {
      journal.append({
        readings: Array.from({ length: 1_000 }, (_, i) => reading(T0 + (first + i) * 10_000, { circuits })),
      });
    }
    const held: number[] = [];
    let count = 0;
    for (const { circuits: told } of journal.readings(always)) {
      if (count % (2_000 * told.length) === 0) {
        collectGarbage();
        held.push(process.memoryUsage().heapUsed);
      }
      count += told.length;
    }
    expect(count).toBe(200_000);
    // All of them would be some 25 MB.
    expect(Math.max(...held) - Math.min(...held)).toBeLessThan(8e6);
  });

  it('goes on while readings are appended', () => {
    const journal = open();
    journal.append({
      readings: Array.from({ length: 9_000 }, (_, i) => reading(T0 + i, { totalPowerW: i })),
    });
    let seen = 0;
    for (const { totalPowerW } of journal.readings({ ...always, meterId: 'home' })) {
      expect(totalPowerW).toBe(seen);
      if (seen % 1_000 === 0) journal.append({ readings: [reading(T0 - 1 - seen, { totalPowerW: 0 })] });
      seen += 1;
    }
    expect(seen).toBe(9_000);
  });
});

describe('newestKnown', () => {
  it('passes over what is unknown', () => {
    const journal = open();
    const power = () => journal.findSeries({ meterId: 'home', quantity: 'totalPowerW', circuitId: null })?.id;
    journal.append({ readings: [reading(T0, { totalPowerW: null })] });
    expect(journal.newestKnown(power() ?? 0)).toBeUndefined();
    journal.append({
      readings: [reading(T0 + 1, { totalPowerW: 7 }), reading(T0 + 2, { totalPowerW: null })],
    });
    expect(journal.newestKnown(power() ?? 0)).toMatchObject({ atMs: T0 + 1, value: 7 });
  });
});

describe('samplePage', () => {
  it('goes on where the last page ended, also between an average and an instant of the same time', () => {
    const journal = open();
    journal.append({
      readings: [
        reading(T0, { totalPowerW: 1 }),
        reading(T0, { totalPowerW: 2, averagedOverS: 60 }),
        reading(T0 + 1, { totalPowerW: 3 }),
      ],
    });
    const seriesId = journal.series()[0]?.id ?? 0;
    const values: (number | null)[] = [];
    let page = journal.samplePage(seriesId, always, { limit: 1 });
    for (;;) {
      values.push(...page.samples.map(({ value }) => value));
      if (page.nextCursor === undefined) break;
      page = journal.samplePage(seriesId, always, { limit: 1, after: page.nextCursor });
    }
    expect(values).toEqual([1, 2, 3]);
    expect(journal.samples(seriesId, always)).toHaveLength(3);
    expect(journal.extent(seriesId)).toMatchObject({ oldest: { value: 1 }, newest: { value: 3 } });
  });
});

describe('files', () => {
  it('are for the owner alone', () => {
    const dataDir = join(newDirectory(), 'made', 'here');
    const journal = open({ dataDir });
    journal.append({ readings: [reading(T0, { totalPowerW: 1 })] });
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    for (const file of [
      'journal.db',
      'journal.db-wal',
      'journal.db.pid',
      'journal.db.lock',
      'journal.db.reserve',
    ]) {
      expect(statSync(join(dataDir, file)).mode & 0o777).toBe(0o600);
    }
  });

  it('let one writer in and say who it is', () => {
    const dataDir = newDirectory();
    const first = open({ dataDir });
    expect(() => open({ dataDir })).toThrow(
      expect.objectContaining({
        code: 'configuration',
        message: expect.stringMatching(new RegExp(`${dataDir}.*process ${process.pid}`)) as string,
      }),
    );
    first.append({ readings: [reading(T0, { totalPowerW: 1 })] });
    first.close();
    expect(allReadings(open({ dataDir }))).toHaveLength(1);
  });

  it('can be read while they are written, and not written by a reader', () => {
    const dataDir = newDirectory();
    const journal = open({ dataDir });
    journal.append({ readings: [reading(T0, { totalPowerW: 1 })] });
    const reader = Journal.openReadOnly({ dataDir });
    expect([...reader.readings(always)]).toHaveLength(1);
    journal.append({ readings: [reading(T0 + 1, { totalPowerW: 1 })] });
    expect([...reader.readings(always)]).toHaveLength(2);
    expect(() => reader.outbox.take({ order: 'oldest', maxLines: 1, maxBytes: 1 })).not.toThrow();
    expect(() => reader.gaps.list()).not.toThrow();
    reader.close();
    expect(() => Journal.openReadOnly({ dataDir: newDirectory() })).toThrow(/there is no journal/);
  });

  it('say what is wrong with the directory', () => {
    const dataDir = join(newDirectory(), 'file');
    writeFileSync(dataDir, '');
    expect(() => open({ dataDir })).toThrow(
      expect.objectContaining({ code: 'configuration', message: expect.stringContaining(dataDir) as string }),
    );
  });
});

describe('extensions', () => {
  const extension = {
    name: 'correlator',
    migrations: ['CREATE TABLE attribution (id INTEGER PRIMARY KEY, watts REAL) STRICT'],
  };

  it('write their rows and outbox lines in one transaction', () => {
    const dataDir = newDirectory();
    const journal = open({ dataDir, extensions: [extension] });
    const insert = journal.prepare('INSERT INTO attribution (watts) VALUES (?)');
    const line = { lineProtocol: 'e v=1 1', lineCount: 1 };
    journal.transaction(() => {
      insert.run(40);
      journal.append({ readings: [], outbox: [line] });
    });
    expect(() =>
      journal.transaction(() => {
        insert.run(50);
        journal.append({ readings: [], outbox: [line] });
        throw new Error('half way');
      }),
    ).toThrow('half way');
    expect(journal.outbox.stats().entries).toBe(1);
    expect(journal.prepare('SELECT watts FROM attribution').all()).toEqual([[40]]);
  });

  it('grow by further migrations, each run once', () => {
    const dataDir = newDirectory();
    open({ dataDir, extensions: [extension] }).close();
    const grown = {
      ...extension,
      migrations: [...extension.migrations, 'ALTER TABLE attribution ADD COLUMN note TEXT'],
    };
    open({ dataDir, extensions: [grown] }).close();
    const journal = open({ dataDir, extensions: [grown] });
    expect(journal.prepare('SELECT note FROM attribution').all()).toEqual([]);
  });

  it('cannot wait inside a transaction', () => {
    const journal = open();
    expect(() => journal.transaction(() => Promise.resolve())).toThrow(/asynchronous/);
  });
});

describe('state', () => {
  it('survives a restart', () => {
    const dataDir = newDirectory();
    const journal = open({ dataDir });
    journal.state.set('watermark', { at: 1 });
    journal.state.set('gone', 1);
    journal.state.set('gone', undefined);
    journal.close();
    const again = open({ dataDir });
    expect(again.state.get('watermark')).toEqual({ at: 1 });
    expect(again.state.get('gone')).toBeUndefined();
  });
});
