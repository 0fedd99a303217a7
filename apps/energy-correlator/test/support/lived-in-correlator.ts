import { RunningCorrelator } from './running-correlator';
import { ScriptedHome } from './scripted-home';
import { ScriptedSources } from './scripted-sources';
import { SimulatedTime } from './simulated-time';

const START = new Date('2026-03-01T10:00:00Z');
const END = new Date('2026-03-01T13:00:00Z');

export interface LivedInCorrelator {
  service: RunningCorrelator;
  stop(): Promise<void>;
}

/** A correlator that has answered three hours of a scripted home. */
export async function startLivedInCorrelator(
  environment: Record<string, string> = {},
): Promise<LivedInCorrelator> {
  const clock = new SimulatedTime(START);
  const sources = await ScriptedSources.start(new ScriptedHome(START, END));
  const service = await RunningCorrelator.start({ ...sources.environment, ...environment }, clock);
  clock.set(END);
  await service.process();
  return {
    service,
    stop: async () => {
      await service.stop();
      await sources.stop();
    },
  };
}
