import { NestFactory } from '@nestjs/core';
import { Journal } from '@smart-meter/journal';
import pino from 'pino';
import { CoreModule } from '../../src/app.module';
import { loadConfiguration } from '../../src/configuration/configuration';
import { Answer } from '../../src/correlation/answer';
import { AnswerStore } from '../../src/correlation/answer-store';
import { NightlyPass } from '../../src/correlation/nightly-pass';
import { Processor } from '../../src/correlation/processor';
import { SimulatedTime } from './simulated-time';

export interface Lived {
  answers: Answer[];
  /** Every line that is to be delivered, in order. */
  lines: string[];
  processedUntil: Date | null;
}

const RUN_EVERY_MS = 5 * 60_000;

/** Runs the correlator from where its store says that it is until `end`, as fast as it goes. */
export async function liveThrough(
  environment: Record<string, string>,
  start: Date,
  end: Date,
  onRun: () => void = () => undefined,
): Promise<Lived> {
  const clock = new SimulatedTime(start);
  const configuration = loadConfiguration(environment);
  const app = await NestFactory.createApplicationContext(
    CoreModule.with({ configuration, logger: pino({ level: 'silent' }), clock }),
    { logger: false, abortOnError: false },
  );
  const { signal } = new AbortController();
  const processor = app.get(Processor);
  const journal = app.get(Journal);
  try {
    for (;;) {
      const doneMs = processor.processedUntil?.getTime() ?? start.getTime();
      if (doneMs >= end.getTime()) break;
      clock.set(new Date(Math.min(end.getTime(), doneMs + RUN_EVERY_MS)));
      await processor.run(signal);
      await app.get(NightlyPass).runIfDue(signal);
      onRun();
    }
    const answers = app.get(AnswerStore).newest({ fromMs: 0, toMs: end.getTime(), limit: 100_000 });
    const entries = journal.outbox.take({ order: 'oldest', maxLines: 1e9, maxBytes: 1e9 });
    return {
      answers,
      lines: entries.flatMap(({ lineProtocol }) => lineProtocol.split('\n')),
      processedUntil: processor.processedUntil,
    };
  } finally {
    await app.close();
    journal.close();
  }
}
