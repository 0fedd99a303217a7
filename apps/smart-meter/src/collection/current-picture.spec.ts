import { MeterReading } from '@smart-meter/meter-adapter';
import { CurrentPicture, withShares } from './current-picture';

const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));
const reading = (seconds: number, rest: Partial<MeterReading>): MeterReading => ({
  meterId: 'm',
  observedAt: at(seconds),
  averagedOverS: 0,
  circuits: [],
  provenance: 'live',
  ...rest,
});
const circuit = (id: string, powerW: number | null) => ({ id, name: id.toUpperCase(), powerW });

describe('CurrentPicture', () => {
  it('is nothing before the first reading', () => {
    expect(new CurrentPicture().reading()).toBeNull();
  });

  it('puts partial readings together and computes the shares', () => {
    const picture = new CurrentPicture();
    picture.add(
      reading(0, { totalPowerW: 1000, dailyKwh: 3, circuits: [circuit('a', 100), circuit('b', 300)] }),
    );
    picture.add(reading(5, { circuits: [circuit('a', 500)] }));
    picture.add(reading(6, { totalPowerW: 2000 }));
    expect(picture.reading()).toMatchObject({
      totalPowerW: 2000,
      dailyKwh: 3,
      observedAt: at(6),
      circuits: [
        { id: 'a', powerW: 500, percentage: 25 },
        { id: 'b', powerW: 300, percentage: 15 },
      ],
    });
  });

  it('does not let the past overwrite the present', () => {
    const picture = new CurrentPicture();
    picture.add(reading(10, { totalPowerW: 5, circuits: [circuit('a', 5)] }));
    picture.add(reading(3, { totalPowerW: 1, circuits: [circuit('a', 1)] }));
    expect(picture.reading()).toMatchObject({
      totalPowerW: 5,
      circuits: [{ powerW: 5 }],
      observedAt: at(10),
    });
  });

  it('keeps the unknown unknown', () => {
    const picture = new CurrentPicture();
    picture.add(reading(0, { totalPowerW: 100, circuits: [circuit('a', 10)] }));
    picture.add(reading(1, { totalPowerW: null }));
    expect(picture.reading()).toMatchObject({
      totalPowerW: null,
      circuits: [{ powerW: 10, percentage: null }],
    });
  });

  it('forgets circuits that a whole reading no longer has', () => {
    const picture = new CurrentPicture();
    picture.add(reading(0, { totalPowerW: 1, circuits: [circuit('a', 1), circuit('b', 2)] }));
    const whole = reading(1, { totalPowerW: 1, circuits: [circuit('b', 2)] });
    picture.retainCircuitsOf(whole);
    picture.add(whole);
    expect(picture.reading()?.circuits.map(({ id }) => id)).toEqual(['b']);
  });
});

describe('withShares', () => {
  it("takes the reading's own total, else the one that is known", () => {
    const changed = reading(0, { circuits: [circuit('a', 50)] });
    expect(withShares(changed, 200).circuits[0]?.percentage).toBe(25);
    expect(withShares({ ...changed, totalPowerW: 100 }, 200).circuits[0]?.percentage).toBe(50);
    expect(withShares({ ...changed, totalPowerW: null }, 200).circuits[0]?.percentage).toBeNull();
    expect(withShares({ ...changed, totalPowerW: -5 }, 200).circuits[0]?.percentage).toBe(0);
  });
});
