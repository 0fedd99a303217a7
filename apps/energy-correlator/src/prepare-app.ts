import { NestExpressApplication } from '@nestjs/platform-express';
import { isDescriptionPath, methodCheck, protect, requestLog } from '@smart-meter/service';
import { Logger } from 'pino';
import { Configuration } from './configuration/configuration';
import { openApiDocument } from './http/openapi/document';
import { LOGGER } from './tokens';

/** What stands between a request and the controllers; the same in production and in tests. */
export function prepareApp(app: NestExpressApplication, { settings }: Configuration): void {
  app.disable('x-powered-by');
  app.use(requestLog(app.get<Logger>(LOGGER)));
  protect(app, {
    host: settings.serviceHost,
    token: settings.apiToken,
    allowedHosts: settings.allowedHosts,
    isOpen: (path) => path === '/health/live' || isDescriptionPath(path),
  });
  app.use(methodCheck(openApiDocument));
}
