import { Clock, MeterError } from '@smart-meter/meter-adapter';
import { HomeAssistantConnection } from '../websocket/connection';
import { refusalCode } from '../websocket/command-refusal';

/** An id that no entity has: nothing but the two messages that are waited for ever comes. */
const NO_ENTITY = 'sensor.smart_meter_no_such_entity';
/** Twice as long as a recorder waits by default. */
const BARRIER_TIMEOUT_MS = 10_000;
/** How far the stream looks back; it must begin in the past, by a clock that is not ours. */
const LOOK_BACK_MS = 24 * 60 * 60_000;

/**
 * Waits until the recorder has stored all that happened so far: by default it does so every 5 s only, and history
 * shows nothing of the rest. A history stream tells twice what is stored: at once, and after it has made the
 * recorder store what was waiting.
 */
export async function recorderHasStored(
  connection: HomeAssistantConnection,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const done = new AbortController();
  let messages = 0;
  const query = {
    start_time: new Date(clock.now().getTime() - LOOK_BACK_MS).toISOString(),
    entity_ids: [NO_ENTITY],
    include_start_time_state: false,
    minimal_response: true,
    no_attributes: true,
  };
  const onEvent = () => {
    messages += 1;
    if (messages === 2) done.abort();
  };
  const waiting = clock
    .sleep(BARRIER_TIMEOUT_MS, AbortSignal.any([done.signal, signal, connection.endedSignal]))
    .then(
      () => true,
      () => false,
    );
  try {
    const subscription = await connection.subscribe('history/stream', query, onEvent, { signal });
    const isOver = await waiting;
    subscription.unsubscribe();
    signal.throwIfAborted();
    connection.endedSignal.throwIfAborted();
    if (isOver && messages === 0) {
      throw new MeterError('unavailable', 'the recorder of Home Assistant does not answer');
    }
  } catch (error) {
    // Before 2023.2 there was no such stream: what is left is to wait for longer than the recorder usually does.
    if (refusalCode(error) === undefined) throw error;
    await waiting;
    signal.throwIfAborted();
  }
}
