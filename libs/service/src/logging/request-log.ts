import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';

const HEADER = 'X-Request-Id';
/** What a proxy in front may call a request; anything else could be written to break a log. */
const GIVEN_ID = /^[\w.-]{1,64}$/;

const current = new AsyncLocalStorage<string>();

/** The request that is answered now; undefined for what the service does by itself. */
export const currentRequestId = (): string | undefined => current.getStore();

/**
 * Names every request: by its `X-Request-Id`, else by a new one. The answer and every entry of the log that belongs to it
 * carry the name; with the level `debug`, each answer is an entry of its own.
 */
export function requestLog(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const given = request.get(HEADER) ?? '';
    const requestId = GIVEN_ID.test(given) ? given : randomUUID();
    response.setHeader(HEADER, requestId);
    if (logger.isLevelEnabled('debug')) {
      const startedMs = performance.now();
      const [path] = request.originalUrl.split('?');
      response.once('close', () =>
        logger.debug(
          {
            requestId,
            method: request.method,
            path,
            status: response.statusCode,
            durationMs: Math.round(performance.now() - startedMs),
            cutOff: !response.writableFinished,
          },
          'answered',
        ),
      );
    }
    current.run(requestId, next);
  };
}
