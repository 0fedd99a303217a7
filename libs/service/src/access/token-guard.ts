import { createHash, timingSafeEqual } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { Secret } from '@smart-meter/meter-adapter';
import { sendProblem } from './problem';

export interface TokenGuardOptions {
  /** What a caller must show as `Authorization: Bearer`; undefined asks for nothing. */
  token: Secret | undefined;
  /** Whether only this machine can reach the service. */
  onLoopback: boolean;
  /** Whether a path is open to everyone: liveness, the page's own files. */
  isOpen(path: string): boolean;
}

const READING_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Asks for the token, where there is one. Without one the service can be read, and can be changed
 * only where nobody but this machine reaches it.
 */
export function tokenGuard({ token, onLoopback, isOpen }: TokenGuardOptions) {
  const expected = token && digest(`Bearer ${token.reveal()}`);
  return (request: Request, response: Response, next: NextFunction): void => {
    const reads = READING_METHODS.has(request.method);
    if (reads && isOpen(request.path)) return next();
    if (expected) {
      if (timingSafeEqual(digest(request.headers.authorization ?? ''), expected)) return next();
      response.setHeader('WWW-Authenticate', 'Bearer');
      return sendProblem(response, {
        status: 401,
        code: 'unauthorized',
        detail: 'Send the API token as "Authorization: Bearer <API_TOKEN>".',
      });
    }
    if (reads || onLoopback) return next();
    sendProblem(response, {
      status: 403,
      code: 'token_required',
      detail: 'The service is open to the network: set API_TOKEN to allow changes.',
    });
  };
}

/** Equal lengths, so that the comparison takes the same time whatever came. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
