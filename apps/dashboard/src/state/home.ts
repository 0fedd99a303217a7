import { EnergyAnswer, HealthAnswer, SourcesAnswer } from '../api/answers';
import { addDays, localDate, startOfLocalDay } from '../format/local-time';
import { api } from './live';
import { Resource, useResource } from './resource';

const MINUTE_MS = 60_000;

/** Everything that several views show of the home; each is asked for once, by the page's shell. */
export interface HomeData {
  energy: Resource<EnergyAnswer>;
  health: Resource<HealthAnswer>;
  sources: Resource<SourcesAnswer>;
  /** Where the home's days begin; the browser's zone until the service has said. */
  timeZone: string;
}

const DAYS = 8;

export function useHomeData(): HomeData {
  const energy = useResource(
    'energy',
    (signal) => {
      const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
      const today = localDate(Date.now(), zone);
      const from = new Date(startOfLocalDay(addDays(today, -DAYS), zone)).toISOString();
      return api.json<EnergyAnswer>(`./energy?per=day&circuits=all&from=${from}`, signal);
    },
    MINUTE_MS,
  );
  const health = useResource('health', (signal) => api.json<HealthAnswer>('./health', signal), 15_000);
  const sources = useResource(
    'sources',
    (signal) => api.json<SourcesAnswer>('./sources', signal),
    10 * MINUTE_MS,
  );
  const timeZone = energy.value?.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  return { energy, health, sources, timeZone };
}
