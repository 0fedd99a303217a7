import { Tariff } from '../devices/tariff';
import { PriceKeeper } from './price-keeper';
import { PriceStore } from './price-store';

/** Where the price of energy comes from. */
export type PriceSource = 'ENERGY_PRICE' | 'TARIFF_FILE' | 'PRICE_ENTITY' | 'energy_dashboard';

export interface ConfiguredPrices {
  /** As set; null = Home Assistant's. */
  currency: string | null;
  /** Of ENERGY_PRICE or TARIFF_FILE; null where neither is set. */
  tariff: { source: 'ENERGY_PRICE' | 'TARIFF_FILE'; tariff: Tariff } | null;
  /** PRICE_ENTITY, where it is set. */
  priceEntity: string | null;
}

/** What the API says about prices. */
export interface PriceStatus {
  /** null: nothing gives a price. */
  source: PriceSource | null;
  /** The sensor that says the price. */
  entity_id: string | null;
  currency: string | null;
  /** Until when prices are known; null where they are not recorded. */
  known_until: string | null;
  /** What keeps prices from being known, in words. */
  problem: string | null;
}

/** What a kWh costs, wherever that comes from. */
export class EnergyPrices {
  constructor(
    private readonly configured: ConfiguredPrices,
    private readonly keeper: PriceKeeper,
    private readonly store: PriceStore,
  ) {}

  /** ISO 4217; null while it is not known. */
  get currency(): string | null {
    const { currency, tariff } = this.configured;
    if (currency !== null || tariff !== null) return currency ?? this.keeper.pricing.currency;
    return this.store.newestCurrency ?? this.keeper.pricing.currency;
  }

  /** null where there are no prices. */
  tariff(fromMs: number, toMs: number): Tariff | null {
    const { tariff } = this.configured;
    if (tariff !== null) return tariff.tariff;
    const { currency } = this;
    return this.source === null || currency === null ? null : this.store.tariff(fromMs, toMs, currency);
  }

  get status(): PriceStatus {
    const { source } = this;
    const isRecorded = source === 'PRICE_ENTITY' || source === 'energy_dashboard';
    const knownUntilMs = isRecorded ? this.store.progress?.knownUntilMs : undefined;
    return {
      source,
      entity_id: isRecorded ? (this.configured.priceEntity ?? this.keeper.pricing.entityId) : null,
      currency: this.currency,
      known_until: knownUntilMs === undefined ? null : new Date(knownUntilMs).toISOString(),
      problem: this.keeper.problem,
    };
  }

  private get source(): PriceSource | null {
    const { tariff, priceEntity } = this.configured;
    if (tariff !== null) return tariff.source;
    if (priceEntity !== null) return 'PRICE_ENTITY';
    const { entityId, hasFixedPrice } = this.keeper.pricing;
    return entityId !== null || hasFixedPrice ? 'energy_dashboard' : null;
  }
}
