import {
  CircuitReading,
  Clock,
  HistoryChunk,
  MeterError,
  MeterReading,
  TimeRange,
} from '@smart-meter/meter-adapter';
import { inverted } from '../channel';
import { ShellyDevice } from '../device';
import { StoredRecord } from '../gen2/records';
import { circuitReadings, homeValues } from '../home/home-reading';
import { PlacedChannel, Placement } from '../home/roles';

export interface HistorySources {
  meterId: string;
  clock: Clock;
  placement: Placement;
  device(host: string): ShellyDevice;
}

/** Devices answer slowly: about 55 records a second. */
const CHUNK_MS = 4 * 3_600_000;
/** A device that measures a circuit alone is waited for so long after a gap; then the home goes on without it. */
const CIRCUITS_WAITED_FOR_MS = 3_600_000;
/** What a device writes a record for. */
const PERIOD_MS = 60_000;
/** The longest interval of a record; requests begin at a multiple of it, which suits every shorter one. */
const LONGEST_PERIOD_S = 300;
/** How long after its end a record may be missing because it is not written yet. */
const WRITTEN_WITHIN_MS = 3 * 60_000;

/** The answer of a channel's device, or `missing` where it can be done without. */
type Ask = <Answer>(channel: PlacedChannel, question: Promise<Answer>, missing: Answer) => Promise<Answer>;

/** Stored records of all devices, put together minute by minute. See `HistoricalMeter`. */
export async function* fetchHistory(
  sources: HistorySources,
  { from, to }: TimeRange,
  signal: AbortSignal,
): AsyncGenerator<HistoryChunk> {
  const { placement, device, clock } = sources;
  const isLate = clock.now().getTime() - to.getTime() > CIRCUITS_WAITED_FOR_MS;
  const ask: Ask = async ({ role }, question, missing) => {
    try {
      return await question;
    } catch (error) {
      signal.throwIfAborted();
      if (role === 'circuit' && isLate) return missing;
      throw error;
    }
  };
  const channels = placement.channels.filter(({ host, component }) => device(host).remembers(component));
  const home = placement.channels.filter(({ role }) => role !== 'circuit');
  const forgetful = home.filter((channel) => !channels.includes(channel));
  if (!placement.mainsAreKnown || forgetful.length > 0) {
    throw new MeterError(
      'unsupported',
      forgetful.length > 0
        ? `${forgetful.map(({ name }) => name).join(', ')}: this kind of Shelly stores no records`
        : 'no channel measures the whole home: set SHELLY_MAINS',
    );
  }
  const firstAt = new Map<string, number>();
  for (const channel of channels) {
    const first = device(channel.host).firstRecordAt(channel.component, signal);
    firstAt.set(channel.key, (await ask(channel, first, null))?.getTime() ?? Infinity);
  }
  const homeFirstMs = Math.max(...home.map(({ key }) => firstAt.get(key) ?? Infinity));
  let cursor = from;
  if (homeFirstMs > cursor.getTime()) {
    // Nothing to ask for: one chunk says so, whatever its length.
    const range = { from: cursor, to: new Date(Math.min(homeFirstMs, to.getTime())) };
    yield { range, readings: [], unavailable: [{ range, reason: 'older than what the devices keep' }] };
    cursor = range.to;
  }
  while (cursor < to) {
    const range = { from: cursor, to: new Date(Math.min(to.getTime(), cursor.getTime() + CHUNK_MS)) };
    const chunk = await fetchChunk(sources, channels, firstAt, range, ask, signal);
    const waitFor = notYetWritten(chunk, sources.clock.now());
    if (waitFor) {
      if (waitFor.from > cursor) yield cutAt(chunk, waitFor.from);
      throw new MeterError('unavailable', 'the last minute is not stored on the device yet', {
        retryAfterMs: PERIOD_MS,
      });
    }
    yield chunk;
    cursor = range.to;
  }
}

async function fetchChunk(
  { meterId, placement, device }: HistorySources,
  channels: readonly PlacedChannel[],
  firstAt: ReadonlyMap<string, number>,
  range: TimeRange,
  ask: Ask,
  signal: AbortSignal,
): Promise<HistoryChunk> {
  const [fromS, toS] = [range.from.getTime() / 1000, Math.ceil(range.to.getTime() / 1000)];
  const alignedS = (Math.floor(fromS / LONGEST_PERIOD_S) - 1) * LONGEST_PERIOD_S;
  const byChannel = await Promise.all(
    channels.map(async (channel) => {
      const startS = Math.max(alignedS, (firstAt.get(channel.key) ?? Infinity) / 1000);
      if (startS >= toS) return { channel, records: [] };
      const stored = device(channel.host).records(channel.component, startS, toS, signal);
      const records = await ask(channel, stored, []);
      return { channel, records };
    }),
  );
  const intervals = new Map<number, { periodS: number; byKey: Map<string, StoredRecord> }>();
  for (const { channel, records } of byChannel) {
    for (const record of records) {
      const { endMs, periodS, sample } = record;
      if (endMs <= range.from.getTime() || endMs > range.to.getTime()) continue;
      const interval = intervals.get(endMs) ?? { periodS, byKey: new Map() };
      intervals.set(endMs, interval);
      // A mean over another length of time is another fact.
      if (interval.periodS !== periodS) continue;
      interval.byKey.set(channel.key, channel.isInverted ? { ...record, sample: inverted(sample) } : record);
    }
  }
  const readings = [...intervals]
    .sort(([a], [b]) => a - b)
    .map(([endMs, { periodS, byKey }]): MeterReading => {
      const known = (key: string) => byKey.get(key);
      const { totalPowerW, gridPowerW, solarPowerW } = homeValues(placement, known);
      return {
        meterId,
        observedAt: new Date(endMs),
        averagedOverS: periodS,
        // A minute that one of several devices lacks says nothing of the home.
        ...(totalPowerW === null ? {} : { totalPowerW, gridPowerW: gridPowerW ?? null }),
        ...(totalPowerW === null || solarPowerW === undefined ? {} : { solarPowerW }),
        circuits: circuitReadings(placement, known).filter(isKnown),
        provenance: 'backfill',
      };
    });
  return { range, readings, unavailable: holesIn(range, readings) };
}

function isKnown({ powerW }: CircuitReading): boolean {
  return powerW !== null;
}

/** The parts of a range for which no reading speaks of the home; less than one record at its end is none. */
function holesIn(range: TimeRange, readings: readonly MeterReading[]): HistoryChunk['unavailable'] {
  const reason = 'the devices have no record of this time';
  const holes: HistoryChunk['unavailable'] = [];
  let coveredToMs = range.from.getTime();
  for (const { observedAt, averagedOverS, totalPowerW } of readings) {
    if (totalPowerW === undefined) continue;
    const startMs = observedAt.getTime() - averagedOverS * 1000;
    if (startMs > coveredToMs) {
      holes.push({ range: { from: new Date(coveredToMs), to: new Date(startMs) }, reason });
    }
    coveredToMs = observedAt.getTime();
  }
  const periodMs = (readings.at(-1)?.averagedOverS ?? PERIOD_MS / 1000) * 1000;
  const lastDueMs = Math.floor(range.to.getTime() / periodMs) * periodMs;
  if (lastDueMs > coveredToMs) {
    holes.push({ range: { from: new Date(coveredToMs), to: new Date(lastDueMs) }, reason });
  }
  return holes;
}

/** A hole at the end of a chunk that a device may still fill. */
function notYetWritten({ range, unavailable }: HistoryChunk, now: Date): TimeRange | undefined {
  const last = unavailable.at(-1)?.range;
  const isAtEnd = last !== undefined && range.to.getTime() - last.to.getTime() < LONGEST_PERIOD_S * 1000;
  return isAtEnd && now.getTime() - last.to.getTime() < WRITTEN_WITHIN_MS ? last : undefined;
}

function cutAt({ range, readings, unavailable }: HistoryChunk, at: Date): HistoryChunk {
  return {
    range: { from: range.from, to: at },
    readings: readings.filter(({ observedAt }) => observedAt <= at),
    unavailable: unavailable.filter((hole) => hole.range.to <= at),
  };
}
