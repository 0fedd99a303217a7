import { LoggerService } from '@nestjs/common';
import { Secret } from '@smart-meter/meter-adapter';
import pino, { DestinationStream, Logger } from 'pino';
import { currentRequestId } from './request-log';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface ServiceLoggerOptions {
  service: string;
  level: LogLevel;
  /** Every secret of the configuration: none of them leaves through the log. */
  secrets: readonly Secret[];
  /** Default: standard output. */
  destination?: DestinationStream;
}

/** Shorter secrets would redact ordinary words. */
const SHORTEST_SECRET_LENGTH = 6;

/**
 * One JSON line per entry. Whatever is written passes one filter that replaces every secret, so that
 * neither an error's text nor a URL can carry one out.
 */
export function createLogger({ service, level, secrets, destination }: ServiceLoggerOptions): Logger {
  const redact = redactor(secrets);
  const sink = destination ?? pino.destination({ fd: 1, sync: true });
  return pino(
    {
      level,
      base: { service },
      mixin: () => {
        const requestId = currentRequestId();
        return requestId === undefined ? {} : { requestId };
      },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => void sink.write(redact(line)) },
  );
}

/** Replaces every secret in a text, plain or as JSON writes it. */
export function redactor(secrets: readonly Secret[]): (text: string) => string {
  const needles = secrets
    .map((secret) => secret.reveal())
    .filter((value) => value.length >= SHORTEST_SECRET_LENGTH)
    .flatMap((value) => [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)]);
  const distinct = [...new Set(needles)].sort((a, b) => b.length - a.length);
  return (text) => distinct.reduce((redacted, needle) => redacted.replaceAll(needle, '[redacted]'), text);
}

/** The log of a library, which knows no logger of ours. */
export function logTo(
  logger: Logger,
): (level: 'info' | 'warn' | 'error', message: string, details?: Readonly<Record<string, unknown>>) => void {
  return (level, message, details) => logger[level](details ?? {}, message);
}

/** Nest's own messages, in the service's log. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.logger.debug({ context: contextOf(rest) }, String(message));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.logger.warn({ context: contextOf(rest) }, String(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.logger.error(
      { context: contextOf(rest), err: message instanceof Error ? message : undefined },
      String(message),
    );
  }
}

function contextOf(rest: unknown[]): unknown {
  return rest.at(-1);
}
