import { isActive } from '@smart-meter/correlation';
import { Answer } from '../correlation/answer';

/** A stretch in which an entity was in one active state at one level. */
export interface Segment {
  fromMs: number;
  toMs: number;
  state: string;
  levelTenths: number | null;
  /** The event that began it. */
  began: Answer;
  /** The event that ended it; null while it lasts. */
  ended: Answer | null;
  /** Whether the entity was off before. */
  startsRun: boolean;
  /** Whether the entity was off after. */
  endsRun: boolean;
}

/**
 * Pairs the events of one entity: every active state lasts until the entity's next event.
 * @param untilMs where what still lasts is cut
 */
export function* segments(answers: Iterable<Answer>, untilMs: number): Generator<Segment, void, undefined> {
  let began: Answer | null = null;
  let startsRun = false;
  for (const answer of answers) {
    const active = isActive(answer.state);
    if (began === null) {
      // The first event that is seen says whether the entity was off before; else it is not known.
      startsRun = active && (answer.previousState === null || !isActive(answer.previousState));
    } else {
      const { state, levelTenths } = began;
      const isSame = active && answer.state === state && answer.levelTenths === levelTenths;
      if (isSame && answer.deltaW === null) continue;
      yield segment(began, answer, answer.atMs, startsRun, !active);
      startsRun = false;
    }
    began = active ? answer : null;
  }
  if (began !== null && began.atMs < untilMs) yield segment(began, null, untilMs, startsRun, false);
}

function segment(
  began: Answer,
  ended: Answer | null,
  toMs: number,
  startsRun: boolean,
  endsRun: boolean,
): Segment {
  const { atMs: fromMs, state, levelTenths } = began;
  return { fromMs, toMs, state, levelTenths, began, ended, startsRun, endsRun };
}
