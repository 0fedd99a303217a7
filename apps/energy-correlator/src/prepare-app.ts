import { NestExpressApplication } from '@nestjs/platform-express';
import { protect } from '@smart-meter/service';
import { Configuration } from './configuration/configuration';

/** What stands between a request and the controllers; the same in production and in tests. */
export function prepareApp(app: NestExpressApplication, { settings }: Configuration): void {
  app.disable('x-powered-by');
  protect(app, {
    host: settings.serviceHost,
    token: settings.apiToken,
    allowedHosts: settings.allowedHosts,
    isOpen: (path) => path === '/health/live',
  });
}
