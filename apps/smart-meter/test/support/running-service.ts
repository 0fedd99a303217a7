import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { waitFor } from '@smart-meter/meter-adapter-testkit';
import { createLogger, DeliveryMonitor } from '@smart-meter/service';
import { AppModule } from '../../src/app.module';
import { MeterPoller } from '../../src/collection/meter-poller';
import { loadConfiguration } from '../../src/configuration/configuration';
import { prepareApp } from '../../src/prepare-app';

export { waitFor };

/** The whole service in this process, on a free port, with an environment and a folder of its own. */
export class RunningService {
  private constructor(
    readonly app: NestExpressApplication,
    readonly url: string,
    readonly log: readonly string[],
  ) {}

  /** @param port 0 for a free one */
  static async start(environment: Record<string, string> = {}, port = 0): Promise<RunningService> {
    const configuration = loadConfiguration({
      DATA_DIR: temporaryFolder(),
      TIME_ZONE: 'Europe/Berlin',
      ...environment,
    });
    const log: string[] = [];
    const logger = createLogger({
      service: 'smart-meter',
      level: configuration.settings.logLevel,
      secrets: configuration.secrets,
      destination: { write: (line) => void log.push(line) },
    });
    const module = await Test.createTestingModule({
      imports: [AppModule.with({ configuration, logger })],
    }).compile();
    const app = module.createNestApplication<NestExpressApplication>({ logger: false });
    prepareApp(app, configuration);
    await app.listen(port, '127.0.0.1');
    return new RunningService(app, await app.getUrl(), log);
  }

  async get<Answer = Record<string, unknown>>(path: string): Promise<{ status: number; body: Answer }> {
    const response = await fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(10_000) });
    return { status: response.status, body: (await response.json()) as Answer };
  }

  /** One fetch of the meter, now. */
  collect(): Promise<void> {
    return this.app.get(MeterPoller).collectOnce(AbortSignal.timeout(30_000));
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
  return mkdtempSync(join(tmpdir(), 'smart-meter-'));
}
