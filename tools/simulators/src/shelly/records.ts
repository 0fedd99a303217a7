import { Json, SimulatedComponent } from './components';

const PERIOD_S = 60;

export interface RecordStoreOptions {
  readonly installedAtMs: number;
  readonly keptDays: number;
  /** Rows per answer; the rest is asked for with `next_record_ts`. */
  readonly rowsPerAnswer: number;
}

/** The minutes that a device keeps: gap-free runs of records, told page by page. */
export class RecordStore {
  private readonly lost: { fromMs: number; toMs: number }[] = [];

  constructor(private readonly options: RecordStoreOptions) {}

  /** The device had no power then: those minutes were never recorded. */
  lose(from: Date, to: Date): void {
    this.lost.push({ fromMs: from.getTime(), toMs: to.getTime() });
  }

  getRecords(fromTs: number, now: Date): Json {
    const blocks: { ts: number; period: number; records: number }[] = [];
    for (const ts of this.minutes(fromTs, Number.POSITIVE_INFINITY, now)) {
      const last = blocks.at(-1);
      if (last && last.ts + last.records * PERIOD_S === ts) last.records += 1;
      else blocks.push({ ts, period: PERIOD_S, records: 1 });
    }
    return { data_blocks: blocks };
  }

  getData(component: SimulatedComponent, fromTs: number, endTs: number | null, now: Date): Json {
    const { rowsPerAnswer } = this.options;
    const items: { ts: number; period: number; values: unknown[] }[] = [];
    let rows = 0;
    let next: number | null = null;
    for (const ts of this.minutes(fromTs, endTs ?? Number.POSITIVE_INFINITY, now)) {
      if (rows === rowsPerAnswer) {
        next = ts;
        break;
      }
      rows += 1;
      const values = component.record(ts * 1000);
      const last = items.at(-1);
      if (last && last.ts + last.values.length * PERIOD_S === ts) last.values.push(values);
      else items.push({ ts, period: PERIOD_S, values: [values] });
    }
    return {
      keys: component.recordKeys,
      data: items,
      ...(next === null ? {} : { next_record_ts: next }),
    };
  }

  private *minutes(fromTs: number, endTs: number, now: Date): Generator<number> {
    const { installedAtMs, keptDays } = this.options;
    const firstMs = Math.max(installedAtMs, now.getTime() - keptDays * 86_400_000, fromTs * 1000);
    const first = Math.ceil(firstMs / 60_000) * PERIOD_S;
    const last = Math.min(endTs, Math.floor(now.getTime() / 60_000) * PERIOD_S - PERIOD_S);
    for (let ts = first; ts <= last; ts += PERIOD_S) {
      if (!this.lost.some(({ fromMs, toMs }) => ts * 1000 < toMs && (ts + PERIOD_S) * 1000 > fromMs))
        yield ts;
    }
  }
}
