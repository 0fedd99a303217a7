import { Provider, ValidationPipe } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { Journal } from '@smart-meter/journal';
import { Clock } from '@smart-meter/meter-adapter';
import { OPENAPI_DOCUMENT, ProblemFilter } from '@smart-meter/service';
import { Logger } from 'pino';
import { ReadingHub } from '../collection/reading-hub';
import { Configuration } from '../configuration/configuration';
import { CLOCK, CONFIGURATION, LOGGER } from '../tokens';
import { EventStream } from './event-stream';
import { openApiDocument } from './openapi/document';

export const httpProviders: Provider[] = [
  { provide: APP_FILTER, inject: [LOGGER], useFactory: (logger: Logger) => new ProblemFilter(logger) },
  {
    provide: APP_PIPE,
    useFactory: () => new ValidationPipe({ transform: true, whitelist: true, forbidNonWhitelisted: true }),
  },
  { provide: OPENAPI_DOCUMENT, useValue: openApiDocument },
  {
    provide: EventStream,
    inject: [ReadingHub, Journal, CONFIGURATION, CLOCK, LOGGER],
    useFactory: (
      hub: ReadingHub,
      journal: Journal,
      { meterId }: Configuration,
      clock: Clock,
      logger: Logger,
    ) => new EventStream({ hub, journal, meterId, clock, logger }),
  },
];
