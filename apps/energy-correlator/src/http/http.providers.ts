import { Provider, ValidationPipe } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { OPENAPI_DOCUMENT, ProblemFilter } from '@smart-meter/service';
import { Logger } from 'pino';
import { LOGGER } from '../tokens';
import { openApiDocument } from './openapi/document';

export const httpProviders: Provider[] = [
  { provide: APP_FILTER, inject: [LOGGER], useFactory: (logger: Logger) => new ProblemFilter(logger) },
  {
    provide: APP_PIPE,
    useFactory: () => new ValidationPipe({ transform: true, whitelist: true, forbidNonWhitelisted: true }),
  },
  { provide: OPENAPI_DOCUMENT, useValue: openApiDocument },
];
