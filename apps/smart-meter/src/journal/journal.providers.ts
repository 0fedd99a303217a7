import { Provider } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Journal } from '@smart-meter/journal';
import { Clock } from '@smart-meter/meter-adapter';
import { JournalMaintenance, logTo } from '@smart-meter/service';
import { Logger } from 'pino';
import { Configuration } from '../configuration/configuration';
import { CLOCK, CONFIGURATION, LOGGER } from '../tokens';

export const journalProviders: Provider[] = [
  {
    provide: Journal,
    inject: [CONFIGURATION, LOGGER, CLOCK],
    useFactory: ({ settings, timeZone }: Configuration, logger: Logger, clock: Clock) =>
      Journal.open({
        dataDir: settings.dataDir,
        timeZone,
        clock,
        retentionDays: settings.journalRetentionDays,
        outboxMaxBytes: settings.outboxMaxBytes,
        log: logTo(logger),
      }),
  },
  {
    provide: JournalMaintenance,
    inject: [Journal, SchedulerRegistry, LOGGER],
    useFactory: (journal: Journal, registry: SchedulerRegistry, logger: Logger) =>
      new JournalMaintenance({ journal, registry, logger }),
  },
];
