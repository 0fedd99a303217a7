import { NestFactory } from '@nestjs/core';
import { NestExpressApplication } from '@nestjs/platform-express';
import { Clock, systemClock } from '@smart-meter/meter-adapter';
import { createLogger, Environment, NestLogger, runService } from '@smart-meter/service';
import { AppModule } from './app.module';
import { loadConfiguration } from './configuration/configuration';
import { prepareApp } from './prepare-app';

/**
 * Runs energy-correlator until it is told to stop.
 * @param clock its wall clock
 * Throws `MeterError` for a configuration that cannot work.
 */
export async function serve(environment: Environment, clock: Clock = systemClock): Promise<void> {
  const configuration = loadConfiguration(environment);
  const { settings, secrets } = configuration;
  const logger = createLogger({ service: 'energy-correlator', level: settings.logLevel, secrets });
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.with({ configuration, logger, clock }),
    {
      logger: new NestLogger(logger),
      abortOnError: false,
    },
  );
  prepareApp(app, configuration);
  await runService(app, { logger, host: settings.serviceHost, port: settings.servicePort });
}
