import {
  Availability,
  printSkipped,
  realServersAreRequired,
  ServerKind,
  ServerUnavailableError,
} from './availability';

/**
 * A `describe` block that needs a real server. Where the server cannot be had, the block is skipped with one
 * visible line that says why; with REQUIRE_REAL_SERVERS=1 it fails instead.
 */
export function describeWithServer(kind: ServerKind, title: string, body: () => void): void {
  const fullTitle = `${title} (${kind.name})`;
  const availability: Availability = kind.availability();
  if (availability.available) {
    describe(fullTitle, body);
    return;
  }
  const { reason } = availability;
  if (realServersAreRequired()) {
    describe(fullTitle, () => {
      it(`needs ${kind.name}`, () => {
        throw new ServerUnavailableError(kind.name, reason);
      });
    });
    return;
  }
  printSkipped(fullTitle, reason);
  describe.skip(fullTitle, body);
}

/**
 * Starts a server outside of a `describe` block: in scripts and benchmarks.
 * @returns undefined where it cannot be had, after one visible line; any other fault is thrown
 */
export async function requireServer<Server>(start: () => Promise<Server>): Promise<Server | undefined> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof ServerUnavailableError) || realServersAreRequired()) throw error;
    printSkipped('real server', error.message);
    return undefined;
  }
}
