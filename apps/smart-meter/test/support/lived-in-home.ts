import { createHousehold, Household } from '@smart-meter/household';
import { Journal } from '@smart-meter/journal';
import type { MeterReading } from '@smart-meter/meter-adapter';
import { HomeAssistantSimulator } from '@smart-meter/simulators';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const BATCH = 2_000;
/** Circuits are known for the last days only, which is what is looked at. */
const CIRCUIT_DAYS = 4;
const METER_ID = 'home_assistant';

/** They have plugs of their own. */
const APPLIANCES = ['fridge', 'kettle', 'dishwasher', 'oven', 'washing_machine', 'heat_pump'];

export interface LivedInHomeOptions {
  dataDir: string;
  timeZone: string;
  /** How far back single minutes are known, days; at least 2. */
  minuteDays: number;
  /** How far back every fifth minute is known before that, days. */
  sparseDays: number;
  /** The simulated Home Assistant remembers this much, days; 0 for nothing. */
  rememberedDays: number;
  /** Readings end this long before now: the service finds a gap. */
  silentMs: number;
}

/** A home with solar, a battery and a past: its Home Assistant, and the journal that a service of it left. */
export class LivedInHome {
  private constructor(
    readonly household: Household,
    readonly homeAssistant: HomeAssistantSimulator,
    readonly environment: Readonly<Record<string, string>>,
  ) {}

  static async start(options: LivedInHomeOptions): Promise<LivedInHome> {
    const { dataDir, timeZone } = options;
    const household = createHousehold({ seed: 11, timeZone, solar: true, battery: true, heatPump: true });
    const homeAssistant = await HomeAssistantSimulator.start({
      household,
      timeZone,
      historyDays: options.rememberedDays,
      meteredAppliances: APPLIANCES,
    });
    const idOf = (entityId: string) => homeAssistant.home.registry.get(entityId)?.id ?? entityId;
    fillJournal(household, idOf, options);
    return new LivedInHome(household, homeAssistant, {
      DATA_DIR: dataDir,
      TIME_ZONE: timeZone,
      HOME_ASSISTANT_URL: homeAssistant.url,
      HOME_ASSISTANT_TOKEN: homeAssistant.token,
      JOURNAL_RETENTION_DAYS: '60',
      BACKFILL_DAYS: '0',
      ENERGY_PRICE: '0.32',
      CURRENCY: 'EUR',
    });
  }

  stop(): Promise<void> {
    return this.homeAssistant.close();
  }
}

type IdOf = (entityId: string) => string;

function fillJournal(household: Household, idOf: IdOf, options: LivedInHomeOptions): void {
  const { dataDir, timeZone, minuteDays, sparseDays, silentMs } = options;
  const journal = Journal.open({ dataDir, timeZone, retentionDays: 60, outboxMaxBytes: 1024 * 1024 });
  const endMs = Math.floor((Date.now() - silentMs) / MINUTE_MS) * MINUTE_MS;
  const minutesFromMs = endMs - minuteDays * DAY_MS;
  const hole = { from: new Date(endMs - 1.6 * DAY_MS), to: new Date(endMs - 1.45 * DAY_MS) };
  let batch: MeterReading[] = [];
  const store = () => {
    journal.append({ readings: batch });
    batch = [];
  };
  for (let atMs = minutesFromMs - sparseDays * DAY_MS; atMs <= endMs;) {
    const inHole = atMs > hole.from.getTime() && atMs <= hole.to.getTime();
    const withCircuits = atMs >= endMs - CIRCUIT_DAYS * DAY_MS;
    if (!inHole) batch.push(readingAt(household, atMs, withCircuits ? idOf : null));
    if (batch.length >= BATCH) store();
    atMs += atMs < minutesFromMs ? 5 * MINUTE_MS : MINUTE_MS;
  }
  store();
  const { id } = journal.gaps.open({ meterId: METER_ID, ...hole, reason: 'the service was not running' });
  journal.gaps.update(id, { state: 'unfillable', filledUntil: hole.to, detail: 'the source has purged it' });
  while (!journal.maintain({ budgetMs: 1_000 }).idle);
  journal.close();
}

/** @param idOf null for a reading of the whole home alone */
function readingAt(household: Household, atMs: number, idOf: IdOf | null): MeterReading {
  const { totalPowerW, gridPowerW, solarPowerW, batteryPowerW, circuits } = household.powerAt(new Date(atMs));
  const metered = household.circuits.filter(
    ({ id, parentId }) => parentId === null || APPLIANCES.includes(id),
  );
  return {
    meterId: METER_ID,
    observedAt: new Date(atMs),
    averagedOverS: 0,
    totalPowerW,
    gridPowerW,
    solarPowerW,
    batteryPowerW,
    circuits: idOf
      ? metered.map(({ id, parentId }) => ({
          id: idOf(sensorOf(id, parentId)),
          name: sensorOf(id, parentId),
          powerW: circuits.get(id) ?? null,
          ...(parentId === null ? {} : { parentId: idOf(sensorOf(parentId, null)) }),
        }))
      : [],
    provenance: 'live',
  };
}

function sensorOf(id: string, parentId: string | null): string {
  return parentId === null ? `sensor.power_${id}` : `sensor.${id}_power`;
}
