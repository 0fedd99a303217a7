import { Provider } from '@nestjs/common';
import { DeliveryMonitor } from './delivery-monitor';

export const READING_ENCODER = Symbol('reading encoder');

export const deliveryProviders: Provider[] = [
  DeliveryMonitor,
  { provide: READING_ENCODER, useValue: () => undefined },
];
