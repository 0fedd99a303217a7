import { DynamicModule, Module, Provider } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { TerminusModule } from '@nestjs/terminus';
import { Clock, systemClock } from '@smart-meter/meter-adapter';
import { MetricsController, OpenApiController } from '@smart-meter/service';
import { Logger } from 'pino';
import { Configuration } from './configuration/configuration';
import { correlationProviders } from './correlation/correlation.providers';
import { deliveryProviders } from './delivery/delivery.providers';
import { eventProviders } from './events/event.providers';
import { HealthController } from './health/health.controller';
import { healthProviders } from './health/health.providers';
import { CorrelationsController } from './http/correlations.controller';
import { DevicesController } from './http/devices.controller';
import { httpProviders } from './http/http.providers';
import { PhantomLoadController } from './http/phantom-load.controller';
import { StatisticsController } from './http/statistics.controller';
import { journalProviders } from './journal/journal.providers';
import { lifecycleProvider } from './lifecycle.provider';
import { metricsProviders } from './metrics/metrics.providers';
import { powerProviders } from './power/power.providers';
import { priceProviders } from './prices/price.providers';
import { CLOCK, CONFIGURATION, LOGGER } from './tokens';

export interface AppModuleOptions {
  configuration: Configuration;
  logger: Logger;
  /** Default: the system's. */
  clock?: Clock;
}

/** What answers events, with or without a service around it. */
function coreProviders({ configuration, logger, clock = systemClock }: AppModuleOptions): Provider[] {
  return [
    { provide: CONFIGURATION, useValue: configuration },
    { provide: LOGGER, useValue: logger },
    { provide: CLOCK, useValue: clock },
    ...journalProviders,
    ...powerProviders,
    ...priceProviders,
    ...eventProviders,
    ...deliveryProviders,
    ...metricsProviders,
    ...correlationProviders,
  ];
}

/** The whole service: every part is made here from the configuration, and started and stopped in one order. */
@Module({})
export class AppModule {
  static with(options: AppModuleOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [ScheduleModule.forRoot(), TerminusModule.forRoot({ logger: false })],
      controllers: [
        HealthController,
        MetricsController,
        StatisticsController,
        CorrelationsController,
        DevicesController,
        PhantomLoadController,
        OpenApiController,
      ],
      providers: [...coreProviders(options), ...healthProviders, ...httpProviders, lifecycleProvider],
    };
  }
}

/** The parts alone, for a command that does one thing: nothing starts, nothing listens. */
@Module({})
export class CoreModule {
  static with(options: AppModuleOptions): DynamicModule {
    return { module: CoreModule, imports: [ScheduleModule.forRoot()], providers: coreProviders(options) };
  }
}
