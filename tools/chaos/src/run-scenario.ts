import { Scenario } from './scenarios';
import { Trial, TrialResult } from './trial';

export interface ScenarioResult extends TrialResult {
  fault: string;
  times: number;
}

/** Runs one scenario; undefined where it cannot run here, after a line that says why. */
export async function runScenario(
  { fault, prepare, provoke, ...scenario }: Scenario,
  extent: 'full' | 'bounded',
  onProgress: (done: number, times: number) => void = () => undefined,
): Promise<ScenarioResult | undefined> {
  const prepared = prepare?.() ?? { options: {} };
  if ('unavailable' in prepared) {
    console.warn(`SKIPPED ${fault}: ${prepared.unavailable}`);
    return undefined;
  }
  const times = scenario.times[extent];
  try {
    const trial = await Trial.start(prepared.options);
    try {
      for (let i = 0; i < times; i += 1) {
        await provoke(trial, prepared.context);
        onProgress(i + 1, times);
      }
      return { fault, times, ...(await trial.finish()) };
    } catch (error) {
      throw new Error(`${fault}: ${String(error)}\n${trial.service.lastLog}`, { cause: error });
    } finally {
      await trial.close();
    }
  } finally {
    prepared.dispose?.();
  }
}
