import { ConsumptionAnswer, HealthAnswer } from '../api/answers';
import { formatDuration } from '../format/times';

export type Severity = 'info' | 'warning' | 'error';

/** Something that whoever looks at the figures must know. */
export interface Notice {
  severity: Severity;
  title: string;
  text: string;
}

/** What the figures are where they are not simply measured now, and what is odd about the meter. */
export function notices(consumption: ConsumptionAnswer | null, health: HealthAnswer | null): Notice[] {
  const adapter = health?.details.adapter;
  const found: Notice[] = [];
  if (consumption?.provenance === 'mock') found.push(madeUp(adapter));
  if (consumption?.provenance === 'cached') {
    const why = adapter?.last_error?.message ?? 'The meter does not answer.';
    found.push({
      severity: 'warning',
      title: `Last known values, ${formatDuration(consumption.age_seconds * 1000)} old`,
      text: why,
    });
  }
  for (const { source, last_reported } of consumption?.stale ?? []) {
    const ageMs = Date.now() - Date.parse(last_reported);
    found.push({
      severity: 'warning',
      title: 'A sensor has gone quiet',
      text: `${source} has not reported for ${formatDuration(ageMs)}.`,
    });
  }
  for (const text of consumption?.warnings ?? [])
    found.push({ severity: 'info', title: 'The meter says', text });
  return found;
}

function madeUp(adapter: HealthAnswer['details']['adapter'] | undefined): Notice {
  const title = 'Simulated values: nothing here was measured';
  if (adapter?.message) return { severity: 'warning', title, text: sentence(adapter.message) };
  if (adapter && adapter.meter_type !== 'generic') {
    const why = adapter.last_error?.message ?? 'The meter has not answered yet.';
    return {
      severity: 'warning',
      title,
      text: `${sentence(why)} A made-up household stands in until it answers.`,
    };
  }
  return {
    severity: 'info',
    title,
    text: 'This is a made-up household. Set HOME_ASSISTANT_URL, or METER_TYPE and its settings, to see your own.',
  };
}

function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
