import { Attribution } from './attribution';
import { CorrelationEngine, EngineOptions, LearnedHome, PowerSample } from './engine';
import { HomeEvent } from './home-event';

/** How often the engine's clock moves during a replay, ms of the home's time. */
const REPLAY_STEP_MS = 60_000;

/**
 * Answers a stretch of the past with everything that has been learned since: the retrospective second pass.
 * Events and samples in order of time; yields one final answer per event. What it learns is thrown away, as the
 * home's own engine has learned from the same data already.
 */
export function* secondPass(
  learned: LearnedHome,
  events: Iterable<HomeEvent>,
  samples: Iterable<PowerSample>,
  options: EngineOptions = {},
): Generator<Attribution, void, undefined> {
  const engine = new CorrelationEngine({ ...options, learned });
  const pendingEvents = events[Symbol.iterator]();
  let event = pendingEvents.next();
  let nowMs = -Infinity;
  for (const sample of samples) {
    if (sample.atMs > nowMs + REPLAY_STEP_MS) {
      nowMs = sample.atMs;
      for (; !event.done && event.value.atMs <= nowMs; event = pendingEvents.next())
        engine.addEvent(event.value);
      yield* engine.advance(nowMs).filter(({ provisional }) => !provisional);
    }
    engine.addSample(sample);
  }
  let lastMs = nowMs;
  for (; !event.done; event = pendingEvents.next()) {
    engine.addEvent(event.value);
    lastMs = Math.max(lastMs, event.value.atMs);
  }
  yield* engine.advance(lastMs + 2 * DAY_MS).filter(({ provisional }) => !provisional);
}

const DAY_MS = 86_400_000;
