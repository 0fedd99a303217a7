import { parseSteps } from './csv-steps';

const HEADER = 'timestamp,series,value,min,max,energy_kwh,averaged_over_s,provenance\r\n';

describe('parseSteps', () => {
  it('reads steps, with their energy where there is one', () => {
    const csv = `${HEADER}2026-03-01T00:00:00.000Z,home,100,90,110,0.5,,\r\n2026-03-01T00:00:00.000Z,"circuit:a,b",1,,,,,\r\n`;
    const [home] = parseSteps(csv);
    expect(home).toEqual({
      startMs: Date.UTC(2026, 2, 1),
      series: 'home',
      mean: 100,
      min: 90,
      max: 110,
      energyKwh: 0.5,
    });
  });

  it('leaves out what has no value: unknown is not 0', () => {
    expect(parseSteps(`${HEADER}2026-03-01T00:00:00.000Z,home,,,,,,\r\n`)).toEqual([]);
    expect(parseSteps(HEADER)).toEqual([]);
  });

  it('does not guess at columns that it does not know', () => {
    expect(() => parseSteps('<html>')).toThrow('These columns are not known');
  });
});
