import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { Clock } from '@smart-meter/meter-adapter';
import { waitFor } from '@smart-meter/meter-adapter-testkit';
import { createLogger, DeliveryMonitor } from '@smart-meter/service';
import { AppModule } from '../../src/app.module';
import { loadConfiguration } from '../../src/configuration/configuration';
import { ScheduledProcessing } from '../../src/correlation/scheduled-processing';
import { prepareApp } from '../../src/prepare-app';

/** The whole service in this process, on a free port, with an environment and a folder of its own. */
export class RunningCorrelator {
  private constructor(
    readonly app: NestExpressApplication,
    readonly url: string,
    readonly log: readonly string[],
  ) {}

  static async start(environment: Record<string, string>, clock?: Clock): Promise<RunningCorrelator> {
    const configuration = loadConfiguration({
      DATA_DIR: temporaryFolder(),
      TIME_ZONE: 'Europe/Berlin',
      // Tests say when there is a run.
      PROCESSING_INTERVAL: '3600',
      ...environment,
    });
    const log: string[] = [];
    const logger = createLogger({
      service: 'energy-correlator',
      level: configuration.settings.logLevel,
      secrets: configuration.secrets,
      destination: { write: (line) => void log.push(line) },
    });
    const module = await Test.createTestingModule({
      imports: [AppModule.with({ configuration, logger, ...(clock === undefined ? {} : { clock }) })],
    }).compile();
    const app = module.createNestApplication<NestExpressApplication>({ logger: false });
    prepareApp(app, configuration);
    await app.listen(0, '127.0.0.1');
    // The run that the start has begun; a source that is not there yet is no fault here.
    await app.get(ScheduledProcessing).run();
    return new RunningCorrelator(app, await app.getUrl(), log);
  }

  async get<Answer = Record<string, unknown>>(path: string): Promise<{ status: number; body: Answer }> {
    const response = await fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(30_000) });
    return { status: response.status, body: (await response.json()) as Answer };
  }

  async post<Answer = Record<string, unknown>>(path: string): Promise<{ status: number; body: Answer }> {
    const response = await fetch(`${this.url}${path}`, {
      method: 'POST',
      signal: AbortSignal.timeout(30_000),
    });
    return { status: response.status, body: (await response.json()) as Answer };
  }

  /** One run, now. Throws what went wrong. */
  async process(): Promise<void> {
    const processing = this.app.get(ScheduledProcessing);
    await processing.run();
    if (processing.lastError) throw new Error(processing.lastError.message);
  }

  /** Waits until InfluxDB has acknowledged everything. */
  async delivered(timeoutMs = 20_000): Promise<void> {
    await waitFor('an empty outbox', () => this.app.get(DeliveryMonitor).stats().entries === 0, timeoutMs);
  }

  async stop(): Promise<void> {
    await this.app.close();
  }
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'energy-correlator-'));
}
