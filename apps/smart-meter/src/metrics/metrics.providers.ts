import { Provider } from '@nestjs/common';
import { Registry } from 'prom-client';
import { ServiceMetrics } from './service-metrics';

export const metricsProviders: Provider[] = [
  ServiceMetrics,
  { provide: Registry, inject: [ServiceMetrics], useFactory: ({ registry }: ServiceMetrics) => registry },
];
