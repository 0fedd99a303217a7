import { Provider } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Journal } from '@smart-meter/journal';
import { Clock, isHistoricalMeter, isStreamingMeter } from '@smart-meter/meter-adapter';
import { Logger } from 'pino';
import { Configuration } from '../configuration/configuration';
import { READING_ENCODER } from '../delivery/delivery.providers';
import { ServiceMetrics } from '../metrics/service-metrics';
import { ChosenMeter, chooseMeter, standInMeter } from '../meters/choose-meter';
import { CLOCK, CONFIGURATION, LIVE_STREAM, LOGGER, METER } from '../tokens';
import { Collector } from './collector';
import { Consumption } from './consumption';
import { CurrentPicture } from './current-picture';
import { FetchStatistics } from './fetch-statistics';
import { GapKeeper } from './gap-keeper';
import { GapWatch } from './gap-watch';
import { JournalStore, ReadingEncoder } from './journal-store';
import { LiveStream } from './live-stream';
import { MeterPoller } from './meter-poller';
import { ReadingHub } from './reading-hub';
import { ReadingIntake } from './reading-intake';
import { ScheduledProvider } from './scheduled-provider';

const random = () => Math.random();
const DAY_MS = 86_400_000;

export const collectionProviders: Provider[] = [
  FetchStatistics,
  CurrentPicture,
  ReadingHub,
  {
    provide: METER,
    inject: [CONFIGURATION, CLOCK, LOGGER, ServiceMetrics],
    useFactory: (
      configuration: Configuration,
      clock: Clock,
      logger: Logger,
      metrics: ServiceMetrics,
    ): ChosenMeter =>
      chooseMeter({
        configuration,
        clock,
        random,
        logger,
        onRequest: (operation) => metrics.requested(operation),
      }),
  },
  {
    provide: JournalStore,
    inject: [Journal, READING_ENCODER, CONFIGURATION],
    useFactory: (journal: Journal, encode: ReadingEncoder, { meterType }: Configuration) =>
      new JournalStore(journal, encode, meterType === 'generic'),
  },
  {
    provide: ReadingIntake,
    inject: [JournalStore, CurrentPicture, ReadingHub, ServiceMetrics, LOGGER],
    useFactory: (
      store: JournalStore,
      picture: CurrentPicture,
      hub: ReadingHub,
      metrics: ServiceMetrics,
      logger: Logger,
    ) =>
      new ReadingIntake({
        store,
        random,
        onStored: (readings) => {
          for (const reading of readings) {
            picture.add(reading);
            metrics.stored(reading.provenance, 1);
          }
          hub.publish(readings);
        },
        onTrouble: (err, waiting) =>
          logger.error({ err, waiting }, 'readings cannot be stored; they wait in memory'),
        onRecovered: () => logger.info('readings can be stored again'),
        onLost: (count) => logger.fatal({ count }, 'readings are lost: the disk refused them until the end'),
      }),
  },
  {
    provide: GapKeeper,
    inject: [METER, CONFIGURATION, Journal, JournalStore, CLOCK, LOGGER],
    useFactory: (
      { meter }: ChosenMeter,
      { meterId }: Configuration,
      journal: Journal,
      store: JournalStore,
      clock: Clock,
      logger: Logger,
    ) =>
      new GapKeeper({
        meterId,
        follows: isStreamingMeter(meter),
        history: isHistoricalMeter(meter) ? meter : undefined,
        gaps: journal.gaps,
        store,
        clock,
        random,
        logger,
      }),
  },
  {
    provide: GapWatch,
    inject: [METER, CONFIGURATION, Journal, GapKeeper, CLOCK],
    useFactory: (
      { meter }: ChosenMeter,
      { meterId, settings }: Configuration,
      journal: Journal,
      keeper: GapKeeper,
      clock: Clock,
    ) => {
      const follows = isStreamingMeter(meter);
      const knownAt = lastKnownTotalPowerAt(journal, meterId);
      const lastAt = journal.latestReading(meterId)?.observedAt ?? null;
      return new GapWatch({
        clock,
        follows,
        lastKeptAt: follows ? lastAt : (knownAt ?? lastAt),
        knewTotalPower: knownAt !== null,
        wantedHistoryMs: isHistoricalMeter(meter) ? settings.backfillDays * DAY_MS : 0,
        note: (range, reason) => keeper.note(range, reason),
      });
    },
  },
  {
    provide: Collector,
    inject: [METER, ReadingIntake, CurrentPicture, GapWatch, LOGGER],
    useFactory: (
      { meter, fallbackReason }: ChosenMeter,
      intake: ReadingIntake,
      picture: CurrentPicture,
      watch: GapWatch,
      logger: Logger,
    ) => new Collector({ meter, intake, picture, watch, logger, keeps: fallbackReason === undefined }),
  },
  {
    provide: MeterPoller,
    inject: [METER, FetchStatistics, Collector, CLOCK, ServiceMetrics],
    useFactory: (
      { meter }: ChosenMeter,
      statistics: FetchStatistics,
      collector: Collector,
      clock: Clock,
      metrics: ServiceMetrics,
    ) =>
      new MeterPoller({
        meter,
        onFetched: (seconds, error) => metrics.fetched(seconds, error),
        clock,
        random,
        statistics,
        onAnswer: (answer) => collector.onAnswer(answer),
        onFailure: (error) => collector.onFetchFailed(error),
      }),
  },
  {
    provide: ScheduledProvider,
    inject: [MeterPoller, SchedulerRegistry, CLOCK, CONFIGURATION],
    useFactory: (
      poller: MeterPoller,
      registry: SchedulerRegistry,
      clock: Clock,
      { settings }: Configuration,
    ) => new ScheduledProvider({ poller, registry, clock, intervalS: settings.fetchIntervalSeconds }),
  },
  {
    provide: LIVE_STREAM,
    inject: [METER, Collector, GapWatch, CLOCK, LOGGER],
    useFactory: (
      { meter }: ChosenMeter,
      collector: Collector,
      watch: GapWatch,
      clock: Clock,
      logger: Logger,
    ): LiveStream | null =>
      isStreamingMeter(meter)
        ? new LiveStream({
            meter,
            clock,
            random,
            onReading: (reading) => collector.onChange(reading),
            onConnected: () => {
              watch.onConnected();
              logger.info('the live stream is connected');
            },
            onDisconnected: (error, retryInMs) => {
              watch.onDisconnected();
              logger.warn({ code: error.code, retryInMs }, `the live stream ended: ${error.message}`);
            },
            onGivenUp: (error) => {
              watch.onDisconnected();
              logger.error(
                { code: error.code },
                `the live stream is given up: ${error.message}; polling goes on`,
              );
            },
          })
        : null,
  },
  {
    provide: Consumption,
    inject: [CLOCK, CurrentPicture, FetchStatistics, LIVE_STREAM, CONFIGURATION],
    useFactory: (
      clock: Clock,
      picture: CurrentPicture,
      statistics: FetchStatistics,
      stream: LiveStream | null,
      { timeZone }: Configuration,
    ) => {
      const standIn = standInMeter(clock, timeZone);
      return new Consumption({
        clock,
        picture,
        statistics,
        isStreaming: () => stream?.isConnected === true,
        mockReading: async () => (await standIn.fetchConsumption(AbortSignal.timeout(1_000))).reading,
      });
    },
  },
];

function lastKnownTotalPowerAt(journal: Journal, meterId: string): Date | null {
  const series = journal.findSeries({ meterId, quantity: 'totalPowerW', circuitId: null });
  const sample = series && journal.newestKnown(series.id);
  return sample ? new Date(sample.atMs) : null;
}
