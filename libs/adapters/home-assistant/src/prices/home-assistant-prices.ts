import { Clock, MeterError, systemClock, TimeRange, toMeterError } from '@smart-meter/meter-adapter';
import { HomeAssistantAccess, resolveAccess } from '../address';
import { statesNow } from '../changes/entity-stream';
import { askIfOffered } from '../context/home-context';
import { DashboardPrice, parseEnergyPreferences } from '../discovery/energy-prefs';
import { EntityState } from '../entity-state/entity-state';
import { recorderHasStored } from '../history/recorder-barrier';
import { EntityHistory, readStateHistory, toEntityState } from '../history/state-history';
import { parseConfig } from '../rest/rest-client';
import { HomeAssistantConnection } from '../websocket/connection';
import { HomeAssistantConnector } from '../websocket/connector';

const DAY_MS = 24 * 60 * 60_000;

export interface HomeAssistantPricesOptions extends HomeAssistantAccess {
  clock?: Clock;
}

/** What the owner has told Home Assistant about the price of a kWh from the grid. */
export interface HomePricing {
  /** ISO 4217; null where Home Assistant has none. */
  currency: string | null;
  /** As in the energy dashboard; null where it has none, or several that differ. */
  price: DashboardPrice | null;
  /** The dashboard has several prices, and nothing says which one holds when. */
  hasSeveralPrices: boolean;
}

export interface CurrentPricing extends HomePricing {
  /** The sensor of the price; null where there is none. */
  entityId: string | null;
  /** What it says; null where there is no such entity. */
  state: EntityState | null;
}

/** What an entity said in a range of time. */
export interface EntityPast {
  /** In force at the start of the range; null where the recorder does not know it. */
  atStart: EntityState | null;
  /** With `from < lastUpdatedAt <= to`, oldest first. */
  changes: readonly EntityState[];
}

/** The prices of energy in a Home Assistant: how its owner has set them up, and what a sensor of them said and says. */
export class HomeAssistantPrices {
  private readonly connector: HomeAssistantConnector;
  private readonly clock: Clock;

  /** Throws `MeterError` (`configuration`) where address or token are missing or wrong. */
  constructor(options: HomeAssistantPricesOptions) {
    const { webSocketUrl, token } = resolveAccess(options);
    this.clock = options.clock ?? systemClock;
    this.connector = new HomeAssistantConnector({ webSocketUrl, token, clock: this.clock });
  }

  /**
   * How prices are set up, and what their sensor says now.
   * @param entityId instead of the sensor that the energy dashboard names
   * Throws `MeterError`.
   */
  read(entityId: string | null, signal: AbortSignal): Promise<CurrentPricing> {
    return this.ask('reading the price of energy', signal, async (connection) => {
      const [config, preferences] = await Promise.all([
        connection.command('get_config', {}, { signal }),
        askIfOffered(connection, 'energy/get_prefs', signal),
      ]);
      const pricing = homePricing(parseConfig(config).currency ?? null, preferences);
      const { price } = pricing;
      const sensor = entityId ?? (price !== null && 'entityId' in price ? price.entityId : null);
      if (sensor === null) return { ...pricing, entityId: null, state: null };
      const states = await statesNow(connection, { entityIds: [sensor] }, signal);
      return { ...pricing, entityId: sensor, state: states.get(sensor) ?? null };
    });
  }

  /** What an entity said, as far back as the recorder has it. Throws `MeterError`. */
  pastOf(entityId: string, range: TimeRange, signal: AbortSignal): Promise<EntityPast> {
    return this.ask(`reading the past of ${entityId}`, signal, async (connection) => {
      await recorderHasStored(connection, this.clock, signal);
      let atStart: EntityState | null = null;
      const changes: EntityState[] = [];
      const [startMs, endMs] = [range.from.getTime(), range.to.getTime()];
      // Sensors of prices have large attributes, so a day at a time.
      for (let fromMs = startMs; fromMs < endMs; fromMs += DAY_MS) {
        const interval = { fromMs, toMs: Math.min(fromMs + DAY_MS, endMs) };
        const query = { entityIds: [entityId], interval, withAttributes: true };
        const histories = await readStateHistory(connection, query, signal);
        const history: EntityHistory = histories.get(entityId) ?? { changes: [] };
        if (fromMs === startMs && history.atStart) atStart = toEntityState(history.atStart);
        changes.push(...history.changes.map(toEntityState));
      }
      return { atStart, changes };
    });
  }

  private async ask<Result>(
    what: string,
    signal: AbortSignal,
    work: (connection: HomeAssistantConnection) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await this.connector.use(work, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw toMeterError(error, what) satisfies MeterError;
    }
  }
}

/** @param preferences as `energy/get_prefs` gives them, in the shape of any version */
export function homePricing(currency: string | null, preferences: unknown): HomePricing {
  const prices = parseEnergyPreferences(preferences).grid.flatMap(({ price }) => price ?? []);
  const differ = new Set(prices.map((price) => JSON.stringify(price))).size > 1;
  return { currency, price: differ ? null : (prices[0] ?? null), hasSeveralPrices: differ };
}
