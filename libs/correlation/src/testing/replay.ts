import { Attribution } from '../attribution';
import { CorrelationEngine, PowerSample } from '../engine';
import { HomeEvent } from '../home-event';

/** Feeds events and samples in order of time, moving the clock every minute; every answer handed out, in order. */
export function replay(
  engine: CorrelationEngine,
  events: HomeEvent[],
  samples: PowerSample[],
): Attribution[] {
  const answers: Attribution[] = [];
  const lastMs = Math.max(0, ...[events.at(-1)?.atMs ?? 0, samples.at(-1)?.atMs ?? 0]);
  let event = 0;
  let sample = 0;
  for (let nowMs = 0; nowMs <= lastMs + 60_000; nowMs += 60_000) {
    for (; sample < samples.length && (samples[sample]?.atMs ?? Infinity) <= nowMs; sample++) {
      engine.addSample(samples[sample] as PowerSample);
    }
    for (; event < events.length && (events[event]?.atMs ?? Infinity) <= nowMs; event++) {
      engine.addEvent(events[event] as HomeEvent);
    }
    answers.push(...engine.advance(nowMs));
  }
  answers.push(...engine.advance(lastMs + 86_400_000));
  return answers;
}

/** The last answer of every event, by id. */
export function lastAnswers(answers: Attribution[]): Map<string, Attribution> {
  return new Map(answers.map((answer) => [answer.eventId, answer]));
}
