import { GapAnswer } from '../api/answers';
import { bandAt, gapBands } from './gap-bands';

const at = (minute: number) => new Date(Date.UTC(2026, 2, 1) + minute * 60_000).toISOString();
const ms = (minute: number) => Date.parse(at(minute));

const gap = (part: Partial<GapAnswer>): GapAnswer => ({
  id: 1,
  from: at(0),
  to: at(60),
  state: 'open',
  reason: 'the service was not running',
  filled_until: null,
  detail: null,
  ...part,
});

describe('gapBands', () => {
  it('shows what stays unknown with both reasons', () => {
    const [band] = gapBands({
      gaps: [gap({ state: 'unfillable', detail: 'the source has purged it' })],
      filling: null,
    });
    expect(band).toMatchObject({ kind: 'missing', fromMs: ms(0), toMs: ms(60) });
    expect(band?.text).toContain('the service was not running; the source has purged it');
  });

  it('shows what was read later as such', () => {
    expect(gapBands({ gaps: [gap({ state: 'filled', filled_until: at(60) })], filling: null })).toMatchObject(
      [{ kind: 'backfilled', fromMs: ms(0), toMs: ms(60) }],
    );
  });

  it('divides a gap that is being filled where the filling is', () => {
    const bands = gapBands({
      gaps: [gap({ state: 'partial', filled_until: at(15) })],
      filling: { id: 1, percent: 25 },
    });
    expect(bands.map(({ kind, fromMs, toMs }) => [kind, fromMs, toMs])).toEqual([
      ['backfilled', ms(0), ms(15)],
      ['filling', ms(15), ms(60)],
    ]);
    expect(bands[1]?.text).toContain('being filled, 25 %');
  });
});

describe('bandAt', () => {
  const bands = gapBands({
    gaps: [gap({ state: 'filled' }), gap({ id: 2, from: at(30), to: at(31), state: 'unfillable' })],
    filling: null,
  });

  it('finds the more serious one', () => {
    expect(bandAt(bands, ms(30.5), 0)?.kind).toBe('missing');
    expect(bandAt(bands, ms(10), 0)?.kind).toBe('backfilled');
  });

  it('finds narrow ones from nearby', () => {
    expect(bandAt(bands, ms(33), 3 * 60_000)?.kind).toBe('missing');
    expect(bandAt(bands, ms(90), 60_000)).toBeUndefined();
  });
});
