import { Provider } from '@nestjs/common';
import { EVENT_DOMAINS, HomeAssistantEvents } from '@smart-meter/adapter-home-assistant';
import { Journal } from '@smart-meter/journal';
import { Clock } from '@smart-meter/meter-adapter';
import { FluxEvents, InfluxIntegrationEvents, InfluxQlEvents } from '@smart-meter/reading-source';
import { Logger } from 'pino';
import { Configuration, homeAssistantAccess } from '../configuration/configuration';
import { influxReadTarget } from '../power/power.providers';
import { CLOCK, CONFIGURATION, EVENT_FEED, LOGGER } from '../tokens';
import { EntityNames } from './entity-names';
import { EventFeed } from './event-feed';
import { EventInbox } from './event-inbox';
import { LiveEvents } from './live-events';
import { PolledEvents } from './polled-events';

export const eventProviders: Provider[] = [
  { provide: EventInbox, inject: [Journal], useFactory: (journal: Journal) => new EventInbox(journal) },
  { provide: EntityNames, inject: [Journal], useFactory: (journal: Journal) => new EntityNames(journal) },
  {
    provide: EVENT_FEED,
    inject: [CONFIGURATION, EventInbox, EntityNames, CLOCK, LOGGER],
    useFactory: makeEventFeed,
  },
];

function makeEventFeed(
  { settings }: Configuration,
  inbox: EventInbox,
  names: EntityNames,
  clock: Clock,
  logger: Logger,
): EventFeed {
  const domains = settings.eventDomains ?? EVENT_DOMAINS;
  const { eventSource } = settings;
  if (eventSource === 'home_assistant') {
    const events = new HomeAssistantEvents({ clock, domains, ...homeAssistantAccess(settings) });
    return new LiveEvents({ events, inbox, names, clock, logger });
  }
  const target = influxReadTarget(settings, settings.influxEventsBucket ?? settings.influxBucket);
  if (eventSource === 'influxdb_integration') {
    return new PolledEvents(eventSource, new InfluxIntegrationEvents(target, { domains }), inbox);
  }
  const Events = settings.influxQueryLanguage === 'flux' ? FluxEvents : InfluxQlEvents;
  return new PolledEvents(eventSource, new Events(target, { domains }), inbox);
}
