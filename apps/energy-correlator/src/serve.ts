import { NestFactory } from '@nestjs/core';
import { NestExpressApplication } from '@nestjs/platform-express';
import { createLogger, Environment, NestLogger, runService } from '@smart-meter/service';
import { AppModule } from './app.module';
import { loadConfiguration } from './configuration/configuration';
import { prepareApp } from './prepare-app';

/** Runs energy-correlator until it is told to stop. Throws `MeterError` for a configuration that cannot work. */
export async function serve(environment: Environment): Promise<void> {
  const configuration = loadConfiguration(environment);
  const { settings, secrets } = configuration;
  const logger = createLogger({ service: 'energy-correlator', level: settings.logLevel, secrets });
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with({ configuration, logger }), {
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  prepareApp(app, configuration);
  await runService(app, { logger, host: settings.serviceHost, port: settings.servicePort });
}
