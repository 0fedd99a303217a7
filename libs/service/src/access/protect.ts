import type { INestApplication } from '@nestjs/common';
import { Secret } from '@smart-meter/meter-adapter';
import type { RequestHandler } from 'express';
import { ipKeyGenerator, MemoryStore, rateLimit } from 'express-rate-limit';
import helmet from 'helmet';
import { hostCheck } from './host-check';
import { sendProblem } from './problem';
import { isLoopbackHost, tokenGuard } from './token-guard';

export interface AccessOptions {
  /** Where the service listens. */
  host: string;
  token: Secret | undefined;
  allowedHosts: readonly string[];
  /** Whether a path needs no token. */
  isOpen(path: string): boolean;
}

const MINUTE_MS = 60_000;
/** Refused requests per minute and address: guessing a token takes for ever. */
const REFUSALS_PER_MINUTE = 30;
/** Changes per minute and address. */
const CHANGES_PER_MINUTE = 60;

/** What every request passes before it reaches a controller. */
export function protect(app: INestApplication, { host, token, allowedHosts, isOpen }: AccessOptions): void {
  app.use(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          scriptSrc: ["'self'"],
          styleSrc: ["'self'"],
          imgSrc: ["'self'", 'data:'],
          connectSrc: ["'self'"],
          fontSrc: ["'self'"],
          manifestSrc: ["'self'"],
          baseUri: ["'none'"],
          formAction: ["'none'"],
          // A frame is how Home Assistant shows its apps; anyone else's page must not embed this one.
          frameAncestors: ["'self'"],
        },
      },
      // Behind plain HTTP at home this header would lock browsers out.
      strictTransportSecurity: false,
      crossOriginEmbedderPolicy: false,
    }),
    hostCheck(allowedHosts),
    limitRate(CHANGES_PER_MINUTE, { skip: ({ method }) => method === 'GET' || method === 'HEAD' }),
    ...limitRefusals(tokenGuard({ token, onLoopback: isLoopbackHost(host), isOpen })),
  );
}

/**
 * A request counts as refused until the guard lets it pass: guesses sent at once are counted all, and an answer that
 * stays open for days, such as an event stream, is not counted.
 */
function limitRefusals(guard: RequestHandler): RequestHandler[] {
  const store = new MemoryStore();
  const passed: RequestHandler = (request, _response, next) => {
    void store.decrement(ipKeyGenerator(request.ip ?? ''));
    next();
  };
  return [
    limitRate(REFUSALS_PER_MINUTE, { store, keyGenerator: ({ ip }) => ipKeyGenerator(ip ?? '') }),
    guard,
    passed,
  ];
}

type RateLimitOptions = NonNullable<Parameters<typeof rateLimit>[0]>;

function limitRate(limit: number, options: RateLimitOptions) {
  return rateLimit({
    windowMs: MINUTE_MS,
    limit,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    handler: (_request, response) =>
      sendProblem(response, {
        status: 429,
        code: 'too_many_requests',
        detail: 'Wait a minute and try again.',
      }),
    ...options,
  });
}
