import { Provenance, ReadingAnswer } from '../api/answers';

/** W; null where it is unknown, undefined where the home has none of it. */
export type MaybePower = number | null | undefined;

export interface CircuitNow {
  id: string;
  name: string;
  parentId: string | undefined;
  powerW: number | null;
  dailyKwh: number | null;
}

/** What is known of the home now. */
export interface Picture {
  atMs: number;
  provenance: Provenance;
  totalPowerW: number | null;
  dailyKwh: number | null;
  gridPowerW: MaybePower;
  solarPowerW: MaybePower;
  batteryPowerW: MaybePower;
  circuits: readonly CircuitNow[];
}

/** The picture that a whole answer paints. */
export function pictureOf(reading: ReadingAnswer): Picture {
  return {
    atMs: Date.parse(reading.timestamp),
    provenance: reading.provenance,
    totalPowerW: reading.total_power_w ?? null,
    dailyKwh: reading.daily_kwh ?? null,
    gridPowerW: reading.grid_power_w,
    solarPowerW: reading.solar_power_w,
    batteryPowerW: reading.battery_power_w,
    circuits: reading.circuits.map((circuit) => ({
      id: circuit.id,
      name: circuit.name,
      parentId: circuit.parent_id,
      powerW: circuit.power_w,
      dailyKwh: circuit.daily_kwh ?? null,
    })),
  };
}

/** The picture after a pushed reading, which speaks only of what changed; an older reading changes nothing. */
export function withReading(picture: Picture, reading: ReadingAnswer): Picture {
  const news = pictureOf(reading);
  if (news.atMs < picture.atMs) return picture;
  const spoken = <Value>(value: Value | undefined, now: Value, before: Value): Value =>
    value === undefined ? before : now;
  const circuits = new Map(picture.circuits.map((circuit) => [circuit.id, circuit]));
  for (const circuit of news.circuits) {
    const before = circuits.get(circuit.id);
    circuits.set(circuit.id, { ...circuit, dailyKwh: circuit.dailyKwh ?? before?.dailyKwh ?? null });
  }
  return {
    atMs: news.atMs,
    provenance: news.provenance,
    totalPowerW: spoken(reading.total_power_w, news.totalPowerW, picture.totalPowerW),
    dailyKwh: spoken(reading.daily_kwh, news.dailyKwh, picture.dailyKwh),
    gridPowerW: spoken(reading.grid_power_w, news.gridPowerW, picture.gridPowerW),
    solarPowerW: spoken(reading.solar_power_w, news.solarPowerW, picture.solarPowerW),
    batteryPowerW: spoken(reading.battery_power_w, news.batteryPowerW, picture.batteryPowerW),
    circuits: [...circuits.values()],
  };
}
