import { Provider } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { Journal } from '@smart-meter/journal';
import { Clock } from '@smart-meter/meter-adapter';
import { DeliveryMonitor, diskSpaceOf } from '@smart-meter/service';
import { FetchStatistics } from '../collection/fetch-statistics';
import { LiveStream } from '../collection/live-stream';
import { ReadingIntake } from '../collection/reading-intake';
import { Configuration } from '../configuration/configuration';
import { ChosenMeter } from '../meters/choose-meter';
import { CLOCK, CONFIGURATION, LIVE_STREAM, METER } from '../tokens';
import { HealthIndicators } from './health-indicators';

export const healthProviders: Provider[] = [
  {
    provide: HealthIndicators,
    inject: [
      HealthIndicatorService,
      CLOCK,
      FetchStatistics,
      ReadingIntake,
      METER,
      CONFIGURATION,
      LIVE_STREAM,
      DeliveryMonitor,
      Journal,
    ],
    useFactory: (
      indicators: HealthIndicatorService,
      clock: Clock,
      statistics: FetchStatistics,
      intake: ReadingIntake,
      { meter, fallbackReason }: ChosenMeter,
      { settings }: Configuration,
      stream: LiveStream | null,
      delivery: DeliveryMonitor,
      journal: Journal,
    ) =>
      new HealthIndicators({
        indicators,
        clock,
        statistics,
        intake,
        fallbackReason,
        meterType: meter.meterType,
        fetchIntervalS: settings.fetchIntervalSeconds,
        streams: stream !== null,
        isStreaming: () => stream?.isConnected === true,
        delivery: () => delivery.summary(),
        journalDetails: () => ({ series: journal.series().length }),
        journalRecovery: () => journal.recovery,
        diskSpace: () => diskSpaceOf(settings.dataDir),
      }),
  },
];
