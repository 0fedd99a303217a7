import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { Response } from 'express';
import type { Logger } from 'pino';
import { sendProblem } from './problem';

const INTERNAL = 500;

/** Every exception as a problem; what nobody expected goes to the log and not to the caller. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    if (response.headersSent) {
      this.logger.warn({ err: error }, 'an answer broke off');
      response.destroy();
      return;
    }
    if (error instanceof HttpException) {
      sendProblem(response, {
        status: error.getStatus(),
        code: codeOf(error.getStatus()),
        detail: detailOf(error),
      });
      return;
    }
    if (isClientFault(error)) {
      sendProblem(response, {
        status: error.status,
        code: codeOf(error.status),
        detail: 'The request cannot be read.',
      });
      return;
    }
    this.logger.error({ err: error }, 'a request failed');
    sendProblem(response, {
      status: INTERNAL,
      code: 'internal',
      detail: 'The service failed; its log says more.',
    });
  }
}

const CODES: Readonly<Record<number, string>> = {
  400: 'bad_request',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'too_large',
  503: 'unavailable',
};

function codeOf(status: number): string {
  return CODES[status] ?? 'error';
}

function detailOf(error: HttpException): string {
  const body = error.getResponse();
  if (typeof body === 'string') return body;
  const { message } = body as { message?: string | string[] };
  return Array.isArray(message) ? message.join('; ') : (message ?? error.message);
}

/** Express' own parsers mark what the caller did wrong with a status. */
function isClientFault(error: unknown): error is { status: number } {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' && status >= 400 && status < INTERNAL;
}
