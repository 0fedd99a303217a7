import { HomeAssistantConnection } from '../websocket/connection';
import { readStatesAt } from './state-history';
import { Interval } from './time-ranges';

/**
 * The last instant of the interval of which the recorder knows nothing, to the millisecond: from here on its history
 * is whole. The start where it knows of that already. Takes some 30 small requests where it does not.
 */
export async function historyBeginning(
  connection: HomeAssistantConnection,
  { entityIds, interval }: { entityIds: readonly string[]; interval: Interval },
  signal: AbortSignal,
): Promise<number> {
  // Once there is a state, there is one at any later time.
  const isKnown = async (atMs: number) => (await readStatesAt(connection, entityIds, atMs, signal)).size > 0;
  if (interval.fromMs >= interval.toMs || (await isKnown(interval.fromMs))) return interval.fromMs;
  let unknownMs = interval.fromMs;
  let knownMs = interval.toMs;
  while (knownMs - unknownMs > 1) {
    const middleMs = Math.floor((unknownMs + knownMs) / 2);
    if (await isKnown(middleMs)) knownMs = middleMs;
    else unknownMs = middleMs;
  }
  const isNothing = knownMs === interval.toMs && !(await isKnown(interval.toMs + 1));
  return isNothing ? interval.toMs : unknownMs;
}
