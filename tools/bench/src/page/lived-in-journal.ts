import { createHousehold } from '@smart-meter/household';
import { Journal } from '@smart-meter/journal';
import { MeterReading } from '@smart-meter/meter-adapter';

const MINUTE_MS = 60_000;
const BATCH = 2_000;
const RETENTION_DAYS = 90;

/** Settings of a service beside such a journal. */
export const LIVED_IN = { TIME_ZONE: 'UTC', JOURNAL_RETENTION_DAYS: String(RETENTION_DAYS) };

/** Every minute of a home with solar and a battery, as a service with the simulated household would have kept them. */
export function fillMinutes(dataDir: string, fromMs: number, toMs: number): void {
  const household = createHousehold({ seed: 11, timeZone: 'UTC', solar: true, battery: true });
  const journal = Journal.open({
    dataDir,
    timeZone: 'UTC',
    retentionDays: RETENTION_DAYS,
    outboxMaxBytes: 1024 * 1024,
  });
  let readings: MeterReading[] = [];
  const store = () => {
    journal.append({ readings });
    readings = [];
  };
  for (let atMs = fromMs; atMs < toMs; atMs += MINUTE_MS) {
    const { totalPowerW, gridPowerW, solarPowerW, batteryPowerW } = household.powerAt(new Date(atMs));
    readings.push({
      meterId: 'simulated',
      observedAt: new Date(atMs),
      averagedOverS: 0,
      totalPowerW,
      gridPowerW,
      solarPowerW,
      batteryPowerW,
      circuits: [],
      provenance: 'live',
    });
    if (readings.length === BATCH) store();
  }
  store();
  while (!journal.maintain({ budgetMs: 1_000 }).idle);
  journal.close();
}
