import { MeterAdapter } from './capabilities';
import { MeterError } from './meter-error';
import { testByReading } from './test-by-reading';

const meterThat = (fetchConsumption: MeterAdapter['fetchConsumption']): MeterAdapter => ({
  meterType: 'm',
  meterId: 'm',
  testConnection: () => Promise.reject(new Error('not asked')),
  fetchConsumption,
  close: async () => undefined,
});
const never = new AbortController().signal;

describe('a connection test by a reading', () => {
  it.each([
    [1234.4, 'Mains; the home’s power is 1234 W'],
    [null, 'Mains; the home’s power is unknown'],
    [undefined, 'Mains; the home’s power is unknown'],
  ])('tells who answered and that the power is %p', async (totalPowerW, detail) => {
    const meter = meterThat(async () => ({
      reading: {
        ...{ meterId: 'm', observedAt: new Date(0), averagedOverS: 0, circuits: [], provenance: 'live' },
        ...(totalPowerW === undefined ? {} : { totalPowerW }),
      },
      warnings: ['odd'],
      stale: [],
    }));
    expect(await testByReading(meter, () => 'Mains', never)).toEqual({
      ok: true,
      detail: detail.replace('’', "'"),
      warnings: ['odd'],
    });
  });

  it('answers with what is wrong, and only the caller’s own abort is thrown', async () => {
    const error = new MeterError('authentication', 'the password was refused');
    expect(
      await testByReading(
        meterThat(() => Promise.reject(error)),
        () => '',
        never,
      ),
    ).toEqual({
      ok: false,
      detail: error.message,
      error,
    });
    const stop = new AbortController();
    stop.abort(new Error('told to stop'));
    const stopped = testByReading(
      meterThat(() => Promise.reject(error)),
      () => '',
      stop.signal,
    );
    await expect(stopped).rejects.toThrow('told to stop');
  });
});
