import { MeterReading } from '@smart-meter/meter-adapter';
import { ReadingIntake } from './reading-intake';

const reading = (totalPowerW: number): MeterReading => ({
  meterId: 'm',
  observedAt: new Date(totalPowerW),
  averagedOverS: 0,
  totalPowerW,
  circuits: [],
  provenance: 'live',
});

function makeIntake(maxWaiting?: number) {
  const stored: MeterReading[][] = [];
  const told: string[] = [];
  const disk = { full: false };
  const intake = new ReadingIntake({
    store: {
      store: (batch) => {
        if (disk.full) throw new Error('disk full');
        stored.push([...batch]);
      },
    },
    random: () => 0,
    onStored: (batch) => told.push(`stored ${batch.length}`),
    onTrouble: (_error, waiting) => told.push(`trouble ${waiting}`),
    onRecovered: () => told.push('recovered'),
    onLost: (count) => told.push(`lost ${count}`),
    ...(maxWaiting === undefined ? {} : { maxWaiting }),
  });
  return { intake, stored, told, disk };
}

describe('ReadingIntake', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('stores at once what was accepted, before anyone is told', () => {
    const { intake, told } = makeIntake();
    expect(intake.accept([reading(1)])).toBe(true);
    expect(told).toEqual(['stored 1']);
  });

  it('stores pushed readings that come close together in one transaction', () => {
    const { intake, stored } = makeIntake();
    for (let i = 0; i < 5; i += 1) intake.push(reading(i));
    expect(stored).toEqual([]);
    jest.advanceTimersByTime(10);
    expect(stored.map((batch) => batch.length)).toEqual([5]);
  });

  it('keeps readings in memory while the disk refuses, and stores each once, in order, when it can', () => {
    const { intake, stored, told, disk } = makeIntake();
    disk.full = true;
    expect(intake.accept([reading(1)])).toBe(false);
    intake.push(reading(2));
    jest.advanceTimersByTime(3_000);
    expect(intake.inTrouble).toBe(true);
    expect(told).toEqual(['trouble 1']);
    disk.full = false;
    jest.advanceTimersByTime(20_000);
    expect(stored.flat().map((r) => r.totalPowerW)).toEqual([1, 2]);
    expect(told).toEqual(['trouble 1', 'recovered', 'stored 2']);
    expect(intake.inTrouble).toBe(false);
  });

  it('bounds what waits in memory and counts what it gives up', () => {
    const { intake, stored, disk } = makeIntake(3);
    disk.full = true;
    for (let i = 1; i <= 5; i += 1) intake.accept([reading(i)]);
    expect([intake.waitingCount, intake.givenUpCount]).toEqual([3, 2]);
    disk.full = false;
    intake.close();
    expect(stored.flat().map((r) => r.totalPowerW)).toEqual([3, 4, 5]);
  });

  it('says what is lost where the disk refuses until the end', () => {
    const { intake, told, disk } = makeIntake();
    disk.full = true;
    intake.accept([reading(1), reading(2)]);
    intake.close();
    expect(told).toEqual(['trouble 2', 'lost 2']);
    expect([intake.waitingCount, intake.givenUpCount]).toEqual([0, 2]);
  });
});
