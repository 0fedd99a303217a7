import { ApiError } from '../api/api-error';
import { Step } from './power-columns';

/** One step of one series, with the energy in it where the service knows it, kWh. */
export interface EnergyStep extends Step {
  energyKwh: number | null;
}

/** Column order: timestamp, series, value, min, max, energy_kwh, ... */
const FIRST_COLUMNS = 'timestamp,series,value,min,max,energy_kwh';

/** Steps out of the service's CSV. Throws `ApiError` where the columns are not the known ones. */
export function parseSteps(csv: string): EnergyStep[] {
  const end = csv.indexOf('\n');
  const header = end < 0 ? csv : csv.slice(0, end);
  if (!header.startsWith(FIRST_COLUMNS))
    throw new ApiError('unexpected', `These columns are not known: ${header.slice(0, 80)}`);
  const steps: EnergyStep[] = [];
  for (const line of csv.slice(header.length).split('\n')) {
    const cells = line.trim().split(',');
    const [timestamp = '', series = '', mean = '', min = '', max = '', energyKwh = ''] = cells;
    if (timestamp === '' || mean === '') continue;
    steps.push({
      startMs: Date.parse(timestamp),
      series,
      mean: Number(mean),
      min: Number(min === '' ? mean : min),
      max: Number(max === '' ? mean : max),
      energyKwh: energyKwh === '' ? null : Number(energyKwh),
    });
  }
  return steps;
}
