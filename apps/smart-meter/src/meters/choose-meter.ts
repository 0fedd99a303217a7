import { join } from 'node:path';
import { SimulatedMeter } from '@smart-meter/adapter-simulated';
import { Clock, FileDocumentStore, MeterAdapter } from '@smart-meter/meter-adapter';
import { Logger } from 'pino';
import { Configuration, isConfigurationError } from '../configuration/configuration';

export interface ChosenMeter {
  /** What is read; the simulated household where the configured meter cannot be made. */
  meter: MeterAdapter;
  /** Why it is not the configured one. */
  fallbackReason?: string;
}

export interface ChooseMeterOptions {
  configuration: Configuration;
  clock: Clock;
  random(): number;
  logger: Logger;
  onRequest(operation: string): void;
}

/** The configured meter, or the simulated household where its settings are incomplete. */
export function chooseMeter(options: ChooseMeterOptions): ChosenMeter {
  const { configuration, clock, random, logger, onRequest } = options;
  const { meterId, meterType, timeZone, settings } = configuration;
  const document = (name: string) => new FileDocumentStore(join(settings.dataDir, 'meter', `${name}.json`));
  const warn = (message: string) => logger.warn({ meterType }, message);
  try {
    return {
      meter: configuration.createMeter({ meterId, clock, random, document, timeZone, onRequest, warn }),
    };
  } catch (error) {
    if (!isConfigurationError(error)) throw error;
    logger.error(`${error.message}; the simulated household stands in until then`);
    return { meter: standInMeter(clock, timeZone), fallbackReason: error.message };
  }
}

/** The household that is shown, always labelled `mock`, where nothing was measured. */
export function standInMeter(clock: Clock, timeZone: string): MeterAdapter {
  return new SimulatedMeter({ meterId: 'simulated', clock, timeZone, seed: 1 });
}
