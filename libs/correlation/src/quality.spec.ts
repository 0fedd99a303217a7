import { CorrelationEngine } from './engine';
import { lastAnswers, replay } from './testing/replay';
import { samplesOf, syntheticHome } from './testing/synthetic-home';

/** Strict F1 and the share of innocent events credited, over a few synthetic homes. */
function measure(intervalS: number): { f1: number; innocentCredited: number; answered: number } {
  let right = 0;
  let attributed = 0;
  let causal = 0;
  let innocent = 0;
  let credited = 0;
  let answered = 0;
  let events = 0;
  for (const seed of [1, 2]) {
    const home = syntheticHome(seed, 3);
    const answers = lastAnswers(
      replay(new CorrelationEngine(), home.events, samplesOf(home, intervalS, seed)),
    );
    for (const [eventId, trueW] of home.truth) {
      const deltaW = answers.get(eventId)?.deltaW ?? null;
      events++;
      if (answers.has(eventId)) answered++;
      if (trueW === 0) innocent++;
      else causal++;
      if (deltaW === null) continue;
      attributed++;
      if (trueW === 0) credited++;
      else if (Math.abs(deltaW - trueW) <= Math.max(10, 0.2 * Math.abs(trueW))) right++;
    }
  }
  return {
    f1: (2 * right) / (attributed + causal),
    innocentCredited: credited / innocent,
    answered: answered / events,
  };
}

describe('quality on synthetic homes from a cold start', () => {
  it.each([
    [10, 0.93, 0.03],
    [60, 0.88, 0.05],
    [300, 0.5, 0.12],
  ])('every %i s: strict F1 at least %f, innocent events credited at most %f', (intervalS, f1, innocent) => {
    const measured = measure(intervalS);
    expect(measured.f1).toBeGreaterThanOrEqual(f1);
    expect(measured.innocentCredited).toBeLessThanOrEqual(innocent);
    expect(measured.answered).toBe(1);
  });
});
