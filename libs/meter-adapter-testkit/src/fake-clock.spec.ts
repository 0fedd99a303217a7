import { FakeClock } from './fake-clock';
import { errorFaults, readingFaults } from './invariants';
import { MeterError, MeterReading } from '@smart-meter/meter-adapter';

describe('FakeClock', () => {
  it('wakes sleepers in order, at their own instants', async () => {
    const clock = new FakeClock('2026-01-01T00:00:00Z');
    const woken: string[] = [];
    const nap = async (name: string, ms: number) => {
      await clock.sleep(ms);
      woken.push(`${name} ${clock.now().getUTCSeconds()}`);
    };
    const naps = [nap('late', 3000), nap('early', 1000)];
    await clock.advance(2000);
    expect(woken).toEqual(['early 1']);
    await clock.advance(2000);
    expect(woken).toEqual(['early 1', 'late 3']);
    await Promise.all(naps);
  });

  it('lets the wall clock jump without waking anyone', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const sleeping = clock.sleep(1000, stop.signal);
    clock.jumpTo('2030-01-01T00:00:00Z');
    await clock.advance(0);
    expect(clock.sleeping).toBe(1);
    stop.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    expect(clock.sleeping).toBe(0);
  });
});

describe('the invariants', () => {
  const sound: MeterReading = {
    meterId: 'm',
    observedAt: new Date(0),
    averagedOverS: 0,
    totalPowerW: null,
    circuits: [{ id: 'a', name: 'A', powerW: 1 }],
    provenance: 'live',
  };

  it('accept a sound reading and name each fault of another', () => {
    expect(readingFaults(sound)).toEqual([]);
    expect(readingFaults({ ...sound, totalPowerW: Number.NaN })).toEqual(['totalPowerW is NaN']);
    expect(readingFaults({ ...sound, observedAt: new Date('x') })).toEqual(['observedAt is not an instant']);
    const twice = [...sound.circuits, ...sound.circuits];
    expect(readingFaults({ ...sound, circuits: twice })).toEqual(['circuit a occurs twice']);
  });

  it('find a secret anywhere in an error', () => {
    const error = new MeterError('unavailable', 'the request failed', { cause: new Error('token s3cret') });
    expect(errorFaults(error, ['s3cret'])).toHaveLength(1);
    expect(errorFaults(error, ['other'])).toEqual([]);
    expect(errorFaults(new Error('plain'), [])).toHaveLength(1);
  });
});
