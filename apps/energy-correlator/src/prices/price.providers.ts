import { Provider } from '@nestjs/common';
import { HomeAssistantPrices } from '@smart-meter/adapter-home-assistant';
import { Journal } from '@smart-meter/journal';
import { Clock } from '@smart-meter/meter-adapter';
import { Logger } from 'pino';
import { Configuration, homeAssistantAccess } from '../configuration/configuration';
import { CLOCK, CONFIGURATION, LOGGER } from '../tokens';
import { EnergyPrices } from './energy-prices';
import { PriceKeeper } from './price-keeper';
import { PriceStore } from './price-store';

export const priceProviders: Provider[] = [
  { provide: PriceStore, inject: [Journal], useFactory: (journal: Journal) => new PriceStore(journal) },
  {
    provide: PriceKeeper,
    inject: [CONFIGURATION, PriceStore, Journal, CLOCK, LOGGER],
    useFactory: makeKeeper,
  },
  {
    provide: EnergyPrices,
    inject: [CONFIGURATION, PriceKeeper, PriceStore],
    useFactory: ({ prices }: Configuration, keeper: PriceKeeper, store: PriceStore) =>
      new EnergyPrices(prices, keeper, store),
  },
];

function makeKeeper(
  { settings, prices }: Configuration,
  store: PriceStore,
  journal: Journal,
  clock: Clock,
  logger: Logger,
): PriceKeeper {
  const { currency, priceEntity, tariff } = prices;
  const access = homeAssistantAccess(settings);
  const isNeeded = tariff === null || currency === null;
  return new PriceKeeper({
    home: access !== null && isNeeded ? new HomeAssistantPrices({ ...access, clock }) : null,
    store,
    journal,
    priceEntity,
    currency,
    keepsPrices: tariff === null,
    clock,
    logger,
  });
}
