import { Provider } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Journal } from '@smart-meter/journal';
import { Clock } from '@smart-meter/meter-adapter';
import { JournalMaintenance, logTo } from '@smart-meter/service';
import { Logger } from 'pino';
import { Configuration } from '../configuration/configuration';
import { CLOCK, CONFIGURATION, LOGGER } from '../tokens';
import { CompactState } from './compact-state';
import { correlatorSchema } from './correlator-schema';

/** Beside smart-meter's journal, if they share a folder. */
const FILE_NAME = 'correlator.db';

export const journalProviders: Provider[] = [
  {
    provide: Journal,
    inject: [CONFIGURATION, LOGGER, CLOCK],
    useFactory: openJournal,
  },
  {
    provide: CompactState,
    inject: [Journal],
    useFactory: (journal: Journal) => new CompactState(journal),
  },
  {
    provide: JournalMaintenance,
    inject: [Journal, SchedulerRegistry, LOGGER],
    useFactory: (journal: Journal, registry: SchedulerRegistry, logger: Logger) =>
      new JournalMaintenance({ journal, registry, logger }),
  },
];

function openJournal({ settings, timeZone }: Configuration, logger: Logger, clock: Clock): Journal {
  return Journal.open({
    dataDir: settings.dataDir,
    fileName: FILE_NAME,
    timeZone,
    clock,
    retentionDays: settings.retentionDays,
    outboxMaxBytes: settings.outboxMaxBytes,
    extensions: [correlatorSchema],
    log: logTo(logger),
  });
}
