import { NestFactory } from '@nestjs/core';
import { CorrelationEngine } from '@smart-meter/correlation';
import { Journal } from '@smart-meter/journal';
import { MeterError } from '@smart-meter/meter-adapter';
import { createLogger, Environment, NestLogger } from '@smart-meter/service';
import { CoreModule } from '../app.module';
import { loadConfiguration } from '../configuration/configuration';
import { PassSummary, SecondPass } from '../correlation/second-pass';
import { Processor } from '../correlation/processor';
import { EventFeed } from '../events/event-feed';
import { EventInbox } from '../events/event-inbox';
import { EVENT_FEED } from '../tokens';

export interface BackfillSummary extends PassSummary {
  from: string;
  to: string;
}

export interface BackfillPeriod {
  from: Date;
  to: Date;
}

/**
 * Reads the events and the power of a period in the past and answers the events. Safe to repeat: an answer that says
 * what is known already changes nothing. Where nothing has been learned yet, the period teaches first.
 * Throws `MeterError`.
 */
export async function backfill(
  environment: Environment,
  { from, to }: BackfillPeriod,
  signal: AbortSignal = new AbortController().signal,
): Promise<BackfillSummary> {
  if (from >= to) throw new MeterError('configuration', '--from must be before --to');
  const configuration = loadConfiguration(environment);
  const { settings, secrets } = configuration;
  const logger = createLogger({ service: 'energy-correlator', level: settings.logLevel, secrets });
  const app = await NestFactory.createApplicationContext(CoreModule.with({ configuration, logger }), {
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  const journal = app.get(Journal);
  try {
    const feed = app.get<EventFeed>(EVENT_FEED);
    const secondPass = app.get(SecondPass);
    const processor = app.get(Processor);
    await feed.readNames(signal);
    await processor.refreshPriors();
    processor.makeRenames();
    await feed.readPast({ from, to }, signal);
    const period = { fromMs: from.getTime(), toMs: to.getTime() };
    await secondPass.readPower(period.fromMs, period.toMs, signal);
    const { method } = processor;
    if (!(method instanceof CorrelationEngine)) {
      throw new MeterError('unsupported', 'a backfill needs CORRELATION_METHOD=step');
    }
    const isNew = method.effects().length === 0;
    const learned = isNew ? await secondPass.learn(period.fromMs, period.toMs, signal) : method;
    const summary = await secondPass.answer(learned, { ...period, pass: 'backfill' }, signal);
    journal.transaction(() => {
      app.get(EventInbox).settleBackfilled(period.fromMs, period.toMs);
      if (isNew) processor.teach(learned.learned());
    });
    return { from: from.toISOString(), to: to.toISOString(), ...summary };
  } finally {
    await app.close();
    journal.close();
  }
}
