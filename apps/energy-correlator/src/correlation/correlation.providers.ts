import { Provider } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Journal } from '@smart-meter/journal';
import { Clock } from '@smart-meter/meter-adapter';
import { ReadingSource } from '@smart-meter/reading-source';
import { Logger } from 'pino';
import { Configuration } from '../configuration/configuration';
import { EntityNames } from '../events/entity-names';
import { EventFeed } from '../events/event-feed';
import { EventInbox } from '../events/event-inbox';
import { CompactState } from '../journal/compact-state';
import { ServiceMetrics } from '../metrics/service-metrics';
import { PowerRhythm } from '../power/rhythm';
import { EntityPriors } from '../priors/entity-priors';
import { PowercalcLibrary } from '../priors/powercalc-library';
import { PriceKeeper } from '../prices/price-keeper';
import { CLOCK, CONFIGURATION, EVENT_FEED, LOGGER, POWER_SOURCE } from '../tokens';
import { AnswerStore } from './answer-store';
import { NightlyPass } from './nightly-pass';
import { Processor } from './processor';
import { ScheduledProcessing } from './scheduled-processing';
import { SecondPass } from './second-pass';

export const correlationProviders: Provider[] = [
  {
    provide: EntityPriors,
    inject: [CONFIGURATION, EntityNames, LOGGER],
    useFactory: ({ settings }: Configuration, names: EntityNames, logger: Logger) => {
      const { powercalcLibrary: folder } = settings;
      return new EntityPriors(folder === undefined ? null : new PowercalcLibrary(folder, logger), names);
    },
  },
  {
    provide: AnswerStore,
    inject: [Journal, CLOCK, CONFIGURATION],
    useFactory: (journal: Journal, clock: Clock, { settings }: Configuration) =>
      new AnswerStore({ journal, clock, delivers: settings.influxUrl !== undefined }),
  },
  {
    provide: Processor,
    inject: [
      Journal,
      CompactState,
      EventInbox,
      EntityNames,
      EVENT_FEED,
      POWER_SOURCE,
      PowerRhythm,
      AnswerStore,
      EntityPriors,
      CONFIGURATION,
      CLOCK,
    ],
    useFactory: (
      journal: Journal,
      state: CompactState,
      inbox: EventInbox,
      names: EntityNames,
      feed: EventFeed,
      power: ReadingSource,
      rhythm: PowerRhythm,
      answers: AnswerStore,
      priors: EntityPriors,
      configuration: Configuration,
      clock: Clock,
    ) =>
      new Processor({
        journal,
        state,
        inbox,
        names,
        feed,
        power,
        rhythm,
        answers,
        priors,
        configuration,
        clock,
      }),
  },
  {
    provide: SecondPass,
    inject: [Journal, EventInbox, POWER_SOURCE, PowerRhythm, AnswerStore, EntityPriors, CONFIGURATION],
    useFactory: (
      journal: Journal,
      inbox: EventInbox,
      power: ReadingSource,
      rhythm: PowerRhythm,
      answers: AnswerStore,
      priors: EntityPriors,
      configuration: Configuration,
    ) => new SecondPass({ journal, inbox, power, rhythm, answers, priors, configuration }),
  },
  {
    provide: NightlyPass,
    inject: [Journal, EventInbox, Processor, SecondPass, CONFIGURATION, CLOCK, LOGGER],
    useFactory: (
      journal: Journal,
      inbox: EventInbox,
      processor: Processor,
      secondPass: SecondPass,
      configuration: Configuration,
      clock: Clock,
      logger: Logger,
    ) => new NightlyPass({ journal, inbox, processor, secondPass, configuration, clock, logger }),
  },
  {
    provide: ScheduledProcessing,
    inject: [
      Processor,
      NightlyPass,
      PriceKeeper,
      SchedulerRegistry,
      CONFIGURATION,
      CLOCK,
      LOGGER,
      ServiceMetrics,
    ],
    useFactory: (
      processor: Processor,
      nightly: NightlyPass,
      prices: PriceKeeper,
      registry: SchedulerRegistry,
      { settings }: Configuration,
      clock: Clock,
      logger: Logger,
      metrics: ServiceMetrics,
    ) =>
      new ScheduledProcessing({
        processor,
        nightly,
        prices,
        registry,
        clock,
        logger,
        intervalMs: settings.processingIntervalSeconds * 1000,
        onRun: (seconds, error) => metrics.ran(seconds, error),
      }),
  },
];
