/** Whether a server can be had on this machine, and if not, why. */
export type Availability = { available: true } | { available: false; reason: string };

/** A real server that tests can ask for. */
export interface ServerKind {
  /** With its version, as it is printed: `InfluxDB 1.6.7`. */
  readonly name: string;
  /** Finds the server or fetches it; may take a minute the first time. Never throws. */
  availability(): Availability;
}

/** Thrown by the `start...` functions where the server cannot be had at all. */
export class ServerUnavailableError extends Error {
  constructor(serverName: string, reason: string) {
    super(`${serverName} is not available: ${reason}`);
    this.name = 'ServerUnavailableError';
  }
}

/** With REQUIRE_REAL_SERVERS=1 a missing server is a failure and not a skip. */
export const realServersAreRequired = (): boolean => process.env['REQUIRE_REAL_SERVERS'] === '1';

/** The one visible line. Straight to stderr: test runners swallow or decorate the console. */
export function printSkipped(what: string, reason: string): void {
  process.stderr.write(`SKIPPED ${what}: ${reason}\n`);
}
