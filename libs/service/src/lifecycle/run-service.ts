import { INestApplication } from '@nestjs/common';
import { isMeterError } from '@smart-meter/meter-adapter';
import { Logger } from 'pino';

export interface RunServiceOptions {
  logger: Logger;
  host: string;
  port: number;
}

/** A stop that takes longer than this is cut off; what was accepted is on disk by then. */
const STOP_WITHIN_MS = 10_000;

/** Listens until SIGTERM or SIGINT, then stops in order: requests first, then what Nest's shutdown hooks close. */
export async function runService(
  app: INestApplication,
  { logger, host, port }: RunServiceOptions,
): Promise<void> {
  try {
    await app.listen(port, host);
  } catch (error) {
    await app.close();
    throw describeListenFault(error, host, port);
  }
  logger.info({ url: await app.getUrl() }, 'listening');
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    const deadline = setTimeout(() => {
      logger.error({ stopWithinMs: STOP_WITHIN_MS }, 'did not stop in time; what was accepted is on disk');
      process.exit(1);
    }, STOP_WITHIN_MS);
    deadline.unref();
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'stopping failed; what was accepted is on disk');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** Runs a service's start; a fault ends the process with one readable message. */
export function startOrExit(start: () => Promise<void>): void {
  start().catch((error: unknown) => {
    const text =
      isMeterError(error) || error instanceof ListenError ? error.message : (error as Error)?.stack;
    process.stderr.write(`${text ?? String(error)}\n`);
    process.exit(1);
  });
}

/** The service cannot listen where it was told to. */
export class ListenError extends Error {}

function describeListenFault(error: unknown, host: string, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return new ListenError(
      `port ${port} on ${host} is in use: stop the other program, or set SERVICE_PORT to a free port`,
    );
  }
  if (code === 'EACCES')
    return new ListenError(`port ${port} needs more rights: set SERVICE_PORT above 1023`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new ListenError(`this machine has no address ${host}: correct SERVICE_HOST`);
  }
  return error;
}
