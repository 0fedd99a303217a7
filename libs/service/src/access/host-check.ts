import { isIP } from 'node:net';
import type { NextFunction, Request, Response } from 'express';
import { sendProblem } from './problem';

/** Names that only the local network or this machine can give: no web site can point one of them at us. */
const LOCAL_SUFFIXES = ['.local', '.lan', '.home.arpa', '.internal', '.localhost'];

/**
 * Refuses requests for a host name that a stranger could own: a web page that rebinds its own name to this
 * machine's address must not reach the service through its visitor's browser.
 * @param allowedHosts further names under which the service is known
 */
export function hostCheck(allowedHosts: readonly string[]) {
  const allowed = new Set(allowedHosts.map((host) => host.toLowerCase()));
  return (request: Request, response: Response, next: NextFunction): void => {
    const name = hostName(request.headers.host);
    if (name !== undefined && (isLocal(name) || allowed.has(name))) {
      next();
      return;
    }
    sendProblem(response, {
      status: 421,
      code: 'unknown_host',
      detail: 'This host name is not known here. Add it to ALLOWED_HOSTS if it is yours.',
    });
  };
}

function hostName(header: string | undefined): string | undefined {
  if (!header) return undefined;
  const url = URL.parse(`http://${header}`);
  return url?.hostname.toLowerCase().replace(/^\[|\]$/g, '');
}

function isLocal(name: string): boolean {
  return isIP(name) !== 0 || !name.includes('.') || LOCAL_SUFFIXES.some((suffix) => name.endsWith(suffix));
}
