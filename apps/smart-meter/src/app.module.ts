import { DynamicModule, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { TerminusModule } from '@nestjs/terminus';
import { Clock, systemClock } from '@smart-meter/meter-adapter';
import { MetricsController, OpenApiController } from '@smart-meter/service';
import { Logger } from 'pino';
import { collectionProviders } from './collection/collection.providers';
import { Configuration } from './configuration/configuration';
import { CorrelationsController } from './correlator/correlations.controller';
import { correlatorProviders } from './correlator/correlator.providers';
import { deliveryProviders } from './delivery/delivery.providers';
import { HealthController } from './health/health.controller';
import { healthProviders } from './health/health.providers';
import { CircuitsController } from './http/circuits.controller';
import { CollectController } from './http/collect.controller';
import { ConsumptionController } from './http/consumption.controller';
import { EnergyController } from './http/energy.controller';
import { GapsController } from './http/gaps.controller';
import { httpProviders } from './http/http.providers';
import { PhantomLoadController } from './http/phantom-load.controller';
import { ReadingsController } from './http/readings.controller';
import { SourcesController } from './http/sources.controller';
import { StreamController } from './http/stream.controller';
import { journalProviders } from './journal/journal.providers';
import { lifecycleProvider } from './lifecycle.provider';
import { metricsProviders } from './metrics/metrics.providers';
import { CLOCK, CONFIGURATION, LOGGER } from './tokens';

export interface AppModuleOptions {
  configuration: Configuration;
  logger: Logger;
  /** Default: the system's. */
  clock?: Clock;
}

/** The whole service: every part is made here from the configuration, and started and stopped in one order. */
@Module({})
export class AppModule {
  static with({ configuration, logger, clock = systemClock }: AppModuleOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [ScheduleModule.forRoot(), TerminusModule.forRoot({ logger: false })],
      controllers: [
        HealthController,
        MetricsController,
        ConsumptionController,
        CircuitsController,
        ReadingsController,
        EnergyController,
        StreamController,
        SourcesController,
        GapsController,
        PhantomLoadController,
        CollectController,
        OpenApiController,
        CorrelationsController,
      ],
      providers: [
        { provide: CONFIGURATION, useValue: configuration },
        { provide: LOGGER, useValue: logger },
        { provide: CLOCK, useValue: clock },
        ...journalProviders,
        ...deliveryProviders,
        ...correlatorProviders,
        ...metricsProviders,
        ...collectionProviders,
        ...healthProviders,
        ...httpProviders,
        lifecycleProvider,
      ],
    };
  }
}
