import { Journal, Statement } from '@smart-meter/journal';
import { Tariff } from '../devices/tariff';

/** A price from an instant on, until the next. */
export interface PriceFrom {
  atMs: number;
  /** Of a kWh; null = not known from here on. */
  pricePerKwh: number | null;
  /** ISO 4217; null where the price is. */
  currency: string | null;
}

/** How far the prices are known. */
export interface PriceProgress {
  /** The sensor that they come from; null = a fixed price of the energy dashboard. */
  entityId: string | null;
  /** Nothing is known of what comes after. */
  knownUntilMs: number;
  /** The last change of the sensor that was taken, by Home Assistant's clock; null before the first. */
  lastUpdatedMs: number | null;
}

type PriceRow = readonly [atMs: number, pricePerKwh: number | null, currency: string | null];

const PROGRESS_KEY = 'price progress';

/** Prices as the home was told them, on disk. */
export class PriceStore {
  readonly #journal: Journal;
  readonly #upsert: Statement;
  readonly #deleteAfter: Statement;
  readonly #last: Statement;
  readonly #between: Statement;
  readonly #newestCurrency: Statement;

  constructor(journal: Journal) {
    this.#journal = journal;
    this.#upsert = journal.prepare('INSERT OR REPLACE INTO energy_price VALUES (?, ?, ?)');
    this.#deleteAfter = journal.prepare('DELETE FROM energy_price WHERE at_ms > ?');
    this.#last = journal.prepare(
      'SELECT at_ms, price, currency FROM energy_price WHERE at_ms <= ? ORDER BY at_ms DESC LIMIT 1',
    );
    this.#between = journal.prepare(
      'SELECT at_ms, price, currency FROM energy_price WHERE at_ms > ? AND at_ms < ? ORDER BY at_ms',
    );
    this.#newestCurrency = journal.prepare(
      'SELECT currency FROM energy_price WHERE price IS NOT NULL ORDER BY at_ms DESC LIMIT 1',
    );
  }

  /** null before the first price. */
  get progress(): PriceProgress | null {
    return (this.#journal.state.get(PROGRESS_KEY) as PriceProgress | undefined) ?? null;
  }

  /** The price that holds at an instant. */
  at(atMs: number): PriceFrom | undefined {
    const row = this.#last.get<PriceRow>(atMs);
    return row && priceFrom(row);
  }

  /** The currency of the newest known price; null before the first. */
  get newestCurrency(): string | null {
    return this.#newestCurrency.get<[string]>()?.[0] ?? null;
  }

  /**
   * Keeps prices, oldest first, and how far they are known, in one transaction.
   * @param replacedAfterMs what was kept of the time after this is wrong, or told again
   */
  keep(prices: readonly PriceFrom[], progress: PriceProgress, replacedAfterMs?: number): void {
    this.#journal.transaction(() => {
      if (replacedAfterMs !== undefined) this.#deleteAfter.run(replacedAfterMs);
      for (const { atMs, pricePerKwh, currency } of prices) {
        const before = this.at(atMs);
        if (before?.pricePerKwh === pricePerKwh && before.currency === currency) continue;
        this.#upsert.run(atMs, pricePerKwh, currency);
      }
      this.#journal.state.set(PROGRESS_KEY, progress);
    });
  }

  /** The prices of a period in one currency; what is in another is not known. */
  tariff(fromMs: number, toMs: number, currency: string): Tariff {
    const first = this.at(fromMs);
    const rows = this.#between.all<PriceRow>(fromMs, toMs).map(priceFrom);
    const prices = [...(first ? [first] : []), ...rows];
    return new RecordedTariff(prices, this.progress?.knownUntilMs ?? -Infinity, currency);
  }
}

class RecordedTariff implements Tariff {
  constructor(
    private readonly prices: readonly PriceFrom[],
    private readonly knownUntilMs: number,
    private readonly currency: string,
  ) {}

  priceAt(atMs: number): number | null {
    const price = this.prices[this.indexAfter(atMs) - 1];
    return price === undefined || price.currency !== this.currency || atMs >= this.knownUntilMs
      ? null
      : price.pricePerKwh;
  }

  holdsUntilMs(atMs: number): number {
    const nextMs = this.prices[this.indexAfter(atMs)]?.atMs ?? Infinity;
    return atMs < this.knownUntilMs ? Math.min(nextMs, this.knownUntilMs) : nextMs;
  }

  /** Of the first price that begins after an instant. */
  private indexAfter(atMs: number): number {
    let low = 0;
    let high = this.prices.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.prices[middle] as PriceFrom).atMs > atMs) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function priceFrom([atMs, pricePerKwh, currency]: PriceRow): PriceFrom {
  return { atMs, pricePerKwh, currency };
}
