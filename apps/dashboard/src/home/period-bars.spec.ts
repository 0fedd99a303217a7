import { EnergyAnswer } from '../api/answers';
import { partBoundaries, periodAround } from '../format/local-time';
import { figuresOf } from './period-figures';
import { partsOfEnergy, partsOfHours, periodBars } from './period-bars';

const ZONE = 'Europe/Berlin';
const DAY_S = 86_400;
const price = { per_kwh: 0.3, currency: 'EUR' };

function day(date: string, energyKwh: number, part: Partial<EnergyAnswer['series'][0]['periods'][0]> = {}) {
  const { fromMs, toMs } = periodAround('day', date, ZONE);
  return {
    date,
    start: new Date(fromMs).toISOString(),
    end: new Date(toMs).toISOString(),
    energy_kwh: energyKwh,
    source: 'integrated' as const,
    negative_kwh: 0,
    cost: null,
    covered_s: DAY_S,
    ...part,
  };
}

const answer = (...periods: ReturnType<typeof day>[]): EnergyAnswer => ({
  time_zone: ZONE,
  price,
  series: [{ series: 'home', name: null, periods }],
});

function bars(given: EnergyAnswer, measure: 'kwh' | 'cost' = 'kwh') {
  const period = periodAround('week', '2026-11-18', ZONE);
  return periodBars({
    period,
    boundaries: partBoundaries(period, ZONE),
    parts: partsOfEnergy(given, 'home'),
    measure,
    price,
    timeZone: ZONE,
    nowMs: Date.parse('2026-11-19T12:00:00+01:00'),
  });
}

describe('periodBars', () => {
  it('has a bar for every day, and none for what is not known or not yet', () => {
    const found = bars(answer(day('2026-11-16', 10), day('2026-11-18', 12)));
    expect(found.map(({ label, value }) => [label, value])).toEqual([
      ['Mon 16', 10],
      ['Tue 17', null],
      ['Wed 18', 12],
      ['Thu 19', null],
      ['Fri 20', null],
      ['Sat 21', null],
      ['Sun 22', null],
    ]);
    expect(found[1]?.description).toBe('Tue 17 Nov: nothing known');
    expect(found[5]?.description).toBe('Sat 21 Nov: not yet');
    expect(found[3]?.isNow).toBe(true);
  });

  it('says where a day is only partly known, but trusts a counter', () => {
    const [monday, , wednesday, thursday] = bars(
      answer(
        day('2026-11-16', 10, { covered_s: DAY_S / 2 }),
        day('2026-11-18', 12, { covered_s: DAY_S / 2, source: 'meter' }),
        day('2026-11-19', 5, { covered_s: DAY_S / 2 }),
      ),
    );
    expect(monday).toMatchObject({ incomplete: true, description: expect.stringContaining('only 50 %') });
    expect(wednesday).toMatchObject({ incomplete: false, description: expect.stringContaining('counter') });
    // At noon half a day is all there is.
    expect(thursday?.incomplete).toBe(false);
  });

  it('measures in money where there is a price', () => {
    expect(bars(answer(day('2026-11-16', 10)), 'cost')[0]).toMatchObject({ value: 3, valueText: '3.00' });
  });

  it('makes hours out of hourly steps, with how much of each is known', () => {
    const startMs = Date.parse('2026-11-19T11:00:00Z');
    const step = { startMs, series: 'home', mean: 1000, min: 0, max: 2000, energyKwh: 0.5 };
    expect(partsOfHours([step, { ...step, series: 'grid' }], 'home')).toEqual([
      { startMs, endMs: startMs + 3_600_000, energyKwh: 0.5, source: 'integrated', coveredS: 1800 },
    ]);
  });
});

describe('figuresOf', () => {
  it('tells import from export', () => {
    const given = answer(day('2026-11-16', 10));
    given.series.push({ series: 'grid', name: null, periods: [day('2026-11-16', -2, { negative_kwh: 5 })] });
    expect(figuresOf(given, 'home')).toEqual({
      usedKwh: 10,
      importedKwh: 3,
      exportedKwh: 5,
      solarKwh: null,
      share: 100,
    });
    expect(figuresOf(null, 'home')).toEqual({
      usedKwh: null,
      importedKwh: null,
      exportedKwh: null,
      solarKwh: null,
      share: null,
    });
  });

  it('tells what one circuit has used of the whole', () => {
    const given = answer(day('2026-11-16', 10));
    given.series.push({ series: 'circuit:oven', name: 'Oven', periods: [day('2026-11-16', 2.5)] });
    expect(figuresOf(given, 'circuit:oven')).toMatchObject({ usedKwh: 2.5, share: 25 });
    expect(figuresOf(given, 'circuit:kettle')).toMatchObject({ usedKwh: null, share: null });
  });
});
