import { LET_IN, Script } from './scripted-websocket';

export interface RecorderRow {
  atMs: number;
  state: string;
  unit: string;
}

export interface StatisticsRow {
  startMs: number;
  mean: number;
}

type Period = '5minute' | 'hour';

/** Answers as the recorder of a Home Assistant does, from rows that the test lays down. */
export class ScriptedRecorder {
  /** Oldest first. */
  readonly rows = new Map<string, RecorderRow[]>();
  readonly statistics = new Map<Period, Map<string, StatisticsRow[]>>([
    ['5minute', new Map()],
    ['hour', new Map()],
  ]);
  unitClass: string | null = 'power';
  /** Whether there is a `history/stream` (since 2023.2). */
  hasStream = true;
  readonly queries: { type: string; withAttributes: boolean; entityIds: string[] }[] = [];

  readonly script: Script = (message, peer) => {
    LET_IN(message, peer);
    const { id, type } = message;
    const entityIds = (message['entity_ids'] ?? message['statistic_ids'] ?? []) as string[];
    const withAttributes = message['no_attributes'] === false;
    this.queries.push({ type: String(type), withAttributes, entityIds });
    const startMs = instantMs(message['start_time']);
    const endMs = instantMs(message['end_time']);
    switch (type) {
      case 'auth':
        return;
      case 'subscribe_entities':
        peer.result(id);
        peer.send({ id, type: 'event', event: { a: this.statesNow(entityIds) } });
        return;
      case 'history/stream':
        if (!this.hasStream) return peer.refuse(id, 'unknown_command');
        peer.result(id);
        peer.send({ id, type: 'event', event: { states: {} } }, { id, type: 'event', event: { states: {} } });
        return;
      case 'history/history_during_period':
        return peer.result(id, this.history(entityIds, startMs, endMs, withAttributes));
      case 'recorder/get_statistics_metadata':
        return peer.result(
          id,
          entityIds.map((entityId) => ({
            statistic_id: entityId,
            unit_class: this.unitClass,
            statistics_unit_of_measurement: 'kW',
          })),
        );
      case 'recorder/statistics_during_period':
        return peer.result(id, this.means(entityIds, startMs, endMs, message['period'] as Period));
      default:
        return peer.result(id);
    }
  };

  private statesNow(entityIds: string[]): Record<string, unknown> {
    return Object.fromEntries(
      entityIds.flatMap((entityId) => {
        const last = this.rows.get(entityId)?.at(-1);
        if (!last) return [];
        return [
          [entityId, { s: last.state, a: { unit_of_measurement: last.unit }, c: 'x', lc: last.atMs / 1000 }],
        ];
      }),
    );
  }

  private history(entityIds: string[], startMs: number, endMs: number, withAttributes: boolean): unknown {
    const row = (lu: number, { state, unit }: RecorderRow) => ({
      s: state,
      lu,
      ...(withAttributes ? { a: { unit_of_measurement: unit } } : {}),
    });
    return Object.fromEntries(
      entityIds.flatMap((entityId) => {
        const rows = this.rows.get(entityId) ?? [];
        const atStart = rows.findLast(({ atMs }) => atMs < startMs);
        const found = [
          ...(atStart ? [row(startMs / 1000, atStart)] : []),
          ...rows
            .filter(({ atMs }) => atMs > startMs && atMs < endMs)
            .map((one) => row(one.atMs / 1000, one)),
        ];
        return found.length === 0 ? [] : [[entityId, found]];
      }),
    );
  }

  private means(entityIds: string[], startMs: number, endMs: number, period: Period): unknown {
    return Object.fromEntries(
      entityIds.flatMap((entityId) => {
        const rows = (this.statistics.get(period)?.get(entityId) ?? []).filter(
          (one) => one.startMs >= startMs && one.startMs < endMs,
        );
        const lengthMs = period === 'hour' ? 3_600_000 : 300_000;
        return rows.length === 0
          ? []
          : [[entityId, rows.map(({ startMs: start, mean }) => ({ start, end: start + lengthMs, mean }))]];
      }),
    );
  }
}

/** With the microseconds, which a date cannot hold. */
function instantMs(value: unknown): number {
  const text = String(value);
  return Date.parse(text) + Number(`0.${/\.\d{3}(\d+)/.exec(text)?.[1] ?? '0'}`);
}
