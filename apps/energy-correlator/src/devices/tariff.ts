import { DateTime } from 'luxon';
import { isJsonObject } from '@smart-meter/meter-adapter';

/** What a kWh costs at which time. */
export interface Tariff {
  /** Price per kWh; null where it is not known. */
  priceAt(atMs: number): number | null;
  /** Until when that price holds, ms since the epoch. */
  holdsUntilMs(atMs: number): number;
}

/** Stretches of a week, local time: on which days, from when to when. */
interface TariffRule {
  price: number;
  /** ISO weekdays, 1 = Monday. */
  days: readonly number[];
  fromMinute: number;
  /** Excluded; at most 1440. Less than `fromMinute` passes midnight. */
  toMinute: number;
}

const WEEK = [1, 2, 3, 4, 5, 6, 7];
const DAY_MINUTES = 24 * 60;

/** What energy costs, as far as its price is known. */
export interface Cost {
  cost: number;
  /** Of the energy, kWh: what the cost is of, and what it leaves out. */
  pricedKwh: number;
  unpricedKwh: number;
}

export function flatTariff(pricePerKwh: number): Tariff {
  return { priceAt: () => pricePerKwh, holdsUntilMs: () => Infinity };
}

/** What so much power for so long costs. */
export function costOf(tariff: Tariff, fromMs: number, toMs: number, powerW: number): Cost {
  const sum: Cost = { cost: 0, pricedKwh: 0, unpricedKwh: 0 };
  for (let atMs = fromMs; atMs < toMs;) {
    const untilMs = Math.min(toMs, Math.max(atMs + 1, tariff.holdsUntilMs(atMs)));
    const kwh = (powerW * (untilMs - atMs)) / 3.6e9;
    const price = tariff.priceAt(atMs);
    if (price === null) sum.unpricedKwh += kwh;
    else {
      sum.pricedKwh += kwh;
      sum.cost += price * kwh;
    }
    atMs = untilMs;
  }
  return sum;
}

/** The mean price of a kWh over a period, of the time whose price is known; null where none is. */
export function meanPrice(tariff: Tariff, fromMs: number, toMs: number): number | null {
  const { cost, pricedKwh } = costOf(tariff, fromMs, toMs, 1000);
  return pricedKwh === 0 ? null : cost / pricedKwh;
}

/**
 * A tariff by the time of day from JSON:
 * `{"price": 0.34, "periods": [{"price": 0.21, "from": "22:00", "to": "06:00", "days": [1,2,3,4,5]}]}`.
 * The first period that fits holds; `price` outside of all of them. Throws an `Error` that names what is wrong.
 */
export function parseTariff(text: string, timeZone: string): Tariff {
  const file: unknown = JSON.parse(text);
  if (!isJsonObject(file)) throw new Error('expected a JSON object');
  const { price, periods = [] } = file;
  if (!Array.isArray(periods)) throw new Error('periods: expected a list');
  return new TimeOfUseTariff(priceOf(price, 'price'), periods.map(ruleOf), timeZone);
}

class TimeOfUseTariff implements Tariff {
  constructor(
    private readonly elsePrice: number,
    private readonly rules: readonly TariffRule[],
    private readonly timeZone: string,
  ) {}

  priceAt(atMs: number): number {
    const local = DateTime.fromMillis(atMs, { zone: this.timeZone });
    return this.rules.find((rule) => isWithin(rule, local))?.price ?? this.elsePrice;
  }

  /** The next time of day at which any period starts or ends. */
  holdsUntilMs(atMs: number): number {
    const local = DateTime.fromMillis(atMs, { zone: this.timeZone });
    const minutes = this.rules.flatMap(({ fromMinute, toMinute }) => [fromMinute, toMinute]);
    const starts = [...minutes, DAY_MINUTES].map((minute) =>
      local
        .startOf('day')
        .set({ hour: Math.floor(minute / 60), minute: minute % 60 })
        .toMillis(),
    );
    return Math.min(
      ...starts.filter((startMs) => startMs > atMs),
      local.startOf('day').plus({ days: 1 }).toMillis(),
    );
  }
}

function isWithin({ days, fromMinute, toMinute }: TariffRule, local: DateTime): boolean {
  const minute = local.hour * 60 + local.minute;
  if (fromMinute < toMinute) return days.includes(local.weekday) && minute >= fromMinute && minute < toMinute;
  // Past midnight the period belongs to the day on which it began.
  if (minute >= fromMinute) return days.includes(local.weekday);
  return minute < toMinute && days.includes(local.minus({ days: 1 }).weekday);
}

function ruleOf(value: unknown, index: number): TariffRule {
  const field = `periods[${index}]`;
  if (!isJsonObject(value)) throw new Error(`${field}: expected an object`);
  const { price, from, to, days = WEEK } = value;
  const areDays = Array.isArray(days) && days.every((day) => WEEK.includes(day as number));
  if (!areDays) throw new Error(`${field}.days: expected numbers from 1 (Monday) to 7`);
  return {
    price: priceOf(price, `${field}.price`),
    days: days as number[],
    fromMinute: minuteOf(from, `${field}.from`),
    toMinute: minuteOf(to, `${field}.to`),
  };
}

function priceOf(value: unknown, field: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new Error(`${field}: expected a number`);
}

function minuteOf(value: unknown, field: string): number {
  const match = typeof value === 'string' ? /^([01]?\d|2[0-4]):([0-5]\d)$/.exec(value) : null;
  const minute = match ? Number(match[1]) * 60 + Number(match[2]) : Infinity;
  if (minute > DAY_MINUTES) throw new Error(`${field}: expected a time of day such as 22:00`);
  return minute;
}
