import {
  CurrentPricing,
  EntityState,
  HomeAssistantPrices,
  numericState,
  unitOf,
} from '@smart-meter/adapter-home-assistant';
import { Journal } from '@smart-meter/journal';
import { Clock, toMeterError } from '@smart-meter/meter-adapter';
import { Logger } from 'pino';
import { parsePriceUnit } from './price-unit';
import { PriceFrom, PriceProgress, PriceStore } from './price-store';

export interface PriceKeeperOptions {
  /** null where Home Assistant is not set up, or not needed. */
  home: Pick<HomeAssistantPrices, 'read' | 'pastOf'> | null;
  store: PriceStore;
  journal: Journal;
  /** The sensor that was set; null = as the energy dashboard has it. */
  priceEntity: string | null;
  /** The currency that was set; null = Home Assistant's. */
  currency: string | null;
  /** Whether prices are kept at all, or the currency alone is asked for. */
  keepsPrices: boolean;
  clock: Clock;
  logger: Logger;
}

/** What Home Assistant says of prices, kept for a start without it. */
interface KnownPricing {
  currency: string | null;
  /** The sensor in use; null where there is none. */
  entityId: string | null;
  hasFixedPrice: boolean;
}

const PRICING_KEY = 'home pricing';
/** As long as a recorder keeps states by default. */
const FIRST_REACH_MS = 10 * 86_400_000;
/** Home Assistant's clock may be ahead of ours. */
const CLOCK_TOLERANCE_MS = 60_000;
const LONGEST_REFRESH_MS = 60_000;
const NO_PRICING: KnownPricing = { currency: null, entityId: null, hasFixedPrice: false };

/**
 * Brings the prices that Home Assistant has into the store: what its sensor says now, and from history whatever it said
 * since it was last looked at. Each at Home Assistant's own time.
 */
export class PriceKeeper {
  /** What keeps prices from being known; null where nothing does. */
  problem: string | null = null;

  constructor(private readonly options: PriceKeeperOptions) {}

  /** As it was last read, before a restart too. */
  get pricing(): KnownPricing {
    return { ...NO_PRICING, ...(this.options.journal.state.get(PRICING_KEY) as KnownPricing | undefined) };
  }

  /** Never throws: what went wrong is in `problem`, and made up for the next time. */
  async refresh(signal: AbortSignal): Promise<void> {
    const { home, logger } = this.options;
    if (home === null) return;
    let problem: string | null;
    try {
      problem = await this.read(home, AbortSignal.any([signal, AbortSignal.timeout(LONGEST_REFRESH_MS)]));
    } catch (error) {
      if (signal.aborted) return;
      problem = toMeterError(error, 'reading the price of energy').message;
    }
    if (problem !== null && problem !== this.problem) logger.warn(`no price of energy: ${problem}`);
    this.problem = problem;
  }

  /** Returns what is wrong with what was read, null where nothing is. */
  private async read(
    home: Pick<HomeAssistantPrices, 'read' | 'pastOf'>,
    signal: AbortSignal,
  ): Promise<string | null> {
    const { priceEntity, keepsPrices, journal, clock } = this.options;
    const current = await home.read(keepsPrices ? priceEntity : null, signal);
    const { entityId, price } = current;
    const hasFixedPrice = entityId === null && price !== null && 'pricePerKwh' in price;
    const pricing: KnownPricing = { currency: current.currency, entityId, hasFixedPrice };
    if (JSON.stringify(pricing) !== JSON.stringify(this.pricing)) journal.state.set(PRICING_KEY, pricing);
    if (!keepsPrices) return null;
    const nowMs = clock.now().getTime();
    if (entityId !== null) return this.keepSensor(home, { ...current, entityId }, nowMs, signal);
    if (hasFixedPrice) return this.keepFixed(price.pricePerKwh, current.currency, nowMs);
    return current.hasSeveralPrices
      ? 'the energy dashboard has several prices, and nothing says which one holds when: set PRICE_ENTITY'
      : null;
  }

  private async keepSensor(
    home: Pick<HomeAssistantPrices, 'pastOf'>,
    { entityId, state, currency }: CurrentPricing & { entityId: string },
    nowMs: number,
    signal: AbortSignal,
  ): Promise<string | null> {
    const { store } = this.options;
    const known = store.progress;
    const lastUpdatedMs = known?.entityId === entityId ? known.lastUpdatedMs : null;
    const progress: PriceProgress = { entityId, knownUntilMs: nowMs, lastUpdatedMs };
    // What it said meanwhile is in the history, once it is back.
    if (state === null) return `there is no ${entityId} in Home Assistant`;
    const updatedMs = state.lastUpdatedAt?.getTime() ?? nowMs;
    const told = this.priceOf(state, currency);
    if (updatedMs === lastUpdatedMs) {
      store.keep([], progress);
      return told.problem;
    }
    const fromMs = lastUpdatedMs ?? known?.knownUntilMs ?? nowMs - FIRST_REACH_MS;
    const range = { from: new Date(fromMs), to: new Date(nowMs + CLOCK_TOLERANCE_MS) };
    const past = await home.pastOf(entityId, range, signal);
    // What it says now may hold since before, whether it was recorded or not.
    const atStart = past.atStart ?? (updatedMs <= fromMs ? state : null);
    const isLast = past.changes.at(-1)?.lastUpdatedAt?.getTime() === updatedMs;
    const changes = isLast || updatedMs <= fromMs ? past.changes : [...past.changes, state];
    const prices = changes.map((one) => ({
      atMs: one.lastUpdatedAt?.getTime() ?? nowMs,
      ...this.priceOf(one, currency).price,
    }));
    const newest: PriceProgress = { ...progress, lastUpdatedMs: updatedMs };
    if (atStart !== null) {
      prices.unshift({ atMs: fromMs, ...this.priceOf(atStart, currency).price });
      store.keep(prices, newest, fromMs);
      return told.problem;
    }
    // The recorder does not reach back to what is known: nobody knows what the price was in between.
    const isHole = known !== null && (prices[0]?.atMs ?? nowMs) > known.knownUntilMs;
    store.keep(isHole ? [unknownFrom(known.knownUntilMs), ...prices] : prices, newest);
    return told.problem;
  }

  /** One number for every kWh: as its owner does not say since when, the first one counts for all time before. */
  private keepFixed(pricePerKwh: number, homeCurrency: string | null, nowMs: number): string | null {
    const { store } = this.options;
    const currency = this.options.currency ?? homeCurrency;
    const known = store.progress;
    const progress: PriceProgress = { entityId: null, knownUntilMs: nowMs, lastUpdatedMs: null };
    const last = store.at(nowMs);
    const isSame = last?.pricePerKwh === pricePerKwh && last.currency === currency;
    const prices: PriceFrom[] = isSame ? [] : [{ atMs: known === null ? 0 : nowMs, pricePerKwh, currency }];
    // It was changed at some time since it was last looked at.
    if (!isSame && known !== null) prices.unshift(unknownFrom(known.knownUntilMs));
    store.keep(prices, progress);
    return currency === null ? 'Home Assistant has no currency: set CURRENCY' : null;
  }

  private priceOf(
    state: EntityState,
    homeCurrency: string | null,
  ): { price: Omit<PriceFrom, 'atMs'>; problem: string | null } {
    const { entityId } = state;
    const none = (problem: string | null) => ({ price: { pricePerKwh: null, currency: null }, problem });
    if (state.state === 'unavailable' || state.state === 'unknown') {
      return none(`${entityId} is ${state.state}`);
    }
    const value = numericState(state.state);
    if (value === null) return none(`${entityId} is "${state.state}", expected a number`);
    const unit = unitOf(state);
    const read = parsePriceUnit(unit);
    if (read === null) {
      return none(`${entityId} is in "${unit ?? ''}", expected a unit such as EUR/kWh, ct/kWh or EUR/MWh`);
    }
    const currency = read.currency ?? this.options.currency ?? homeCurrency;
    if (currency === null)
      return none(`${entityId} is in ${unit}, of which currency nothing says: set CURRENCY`);
    const isOther = this.options.currency !== null && this.options.currency !== currency;
    return {
      price: { pricePerKwh: value * read.perKwh, currency },
      problem: isOther ? `${entityId} is in ${unit}, but CURRENCY is ${this.options.currency}` : null,
    };
  }
}

function unknownFrom(atMs: number): PriceFrom {
  return { atMs, pricePerKwh: null, currency: null };
}
