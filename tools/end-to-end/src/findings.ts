import { isPowerOf, Load, loadsOf } from '@smart-meter/household';
import { Journal } from '@smart-meter/journal';
import { Life } from './life';

/** An answer of energy-correlator, as far as it matters here. */
export interface Answer {
  event_id: string;
  entity_id: string;
  timestamp: string;
  power_delta_w: number | null;
}

/** A load, and what `/devices/{entity_id}/impact` says that it draws, W; null = no answer. */
export interface FoundLoad extends Load {
  powerW: number | null;
  isRight: boolean;
}

interface ImpactAnswer {
  states: { state: string; level_percent: number | null; power_w: number | null }[];
}

/** By series, the value at each instant. */
export type KeptPowers = Map<string, Map<number, number | null>>;

/** How far from the truth an answer may be. */
const TOLERANCE_SHARE = 0.15;
const PAGE = 500;

/** Every answer to an event of a period. */
export async function answersOf(life: Life, from: Date, to: Date): Promise<Answer[]> {
  const answers: Answer[] = [];
  const period = `from=${from.toISOString()}&to=${to.toISOString()}`;
  for (let cursor = ''; ;) {
    const page = await life.correlator.get<{ correlations: Answer[]; next_cursor: string | null }>(
      `/correlations?${period}&limit=${PAGE}${cursor}`,
    );
    answers.push(...page.correlations);
    if (page.next_cursor === null) return answers;
    cursor = `&cursor=${encodeURIComponent(page.next_cursor)}`;
  }
}

/** What the correlator says of every load above 20 W that was switched on in a period, beside the truth. */
export async function findLoads(life: Life, from: Date, to: Date): Promise<FoundLoad[]> {
  const found: FoundLoad[] = [];
  for (const load of loadsOf(life.household, from, to)) {
    const { states } = await life.correlator.get<ImpactAnswer>(
      `/devices/${load.entityId}/impact?from=${from.toISOString()}&to=${to.toISOString()}`,
    );
    const ofState = states.find(
      ({ state, level_percent: level }) => state === load.state && level === load.levelPercent,
    );
    const powerW = ofState?.power_w ?? null;
    found.push({ ...load, powerW, isRight: isPowerOf(load, powerW, TOLERANCE_SHARE) });
  }
  return found;
}

/** The powers of the home and its circuits that smart-meter has kept of a period. */
export function keptPowers(life: Life, from: Date, to: Date): KeptPowers {
  const journal = Journal.openReadOnly({ dataDir: life.smartMeterDataDir });
  try {
    const powers = journal.series().filter(({ quantity }) => quantity.endsWith('PowerW'));
    return new Map(
      powers.map(({ id, quantity, circuitId }) => [
        `${quantity} ${circuitId ?? ''}`,
        new Map(journal.samples(id, { from, to }).map(({ atMs, value }) => [atMs, value])),
      ]),
    );
  } finally {
    journal.close();
  }
}

/**
 * Where a series says something else than another that was told the same: a value that is missing or different, or one
 * more that is not the one in force.
 */
export function differences(
  told: ReadonlyMap<number, number | null>,
  kept: ReadonlyMap<number, number | null>,
): string[] {
  const found: string[] = [];
  let inForce: number | null = null;
  for (const atMs of [...new Set([...told.keys(), ...kept.keys()])].sort((a, b) => a - b)) {
    inForce = told.get(atMs) ?? inForce;
    const value = kept.get(atMs);
    if (value !== inForce)
      found.push(`${new Date(atMs).toISOString()}: ${value ?? 'nothing'}, not ${inForce}`);
  }
  return found;
}
