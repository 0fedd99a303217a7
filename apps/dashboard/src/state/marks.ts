import { useMemo } from 'preact/hooks';
import { CorrelationsAnswer } from '../api/answers';
import { Mark } from '../chart/draw-marks';
import { marksOf } from '../home/event-marks';
import { api } from './live';
import { useResource } from './resource';

const REFRESH_MS = 30_000;
const NONE: readonly Mark[] = [];

/**
 * The home events of a time, where a correlator tells of them.
 * @param key names the time; null for none
 * @param period from and to, ms; asked for anew every time
 */
export function useMarks(key: string | null, period: () => readonly [number, number]): readonly Mark[] {
  const { value } = useResource(
    key && `marks ${key}`,
    (signal) => {
      const [from, to] = period().map((atMs) => new Date(atMs).toISOString());
      return api.json<CorrelationsAnswer>(`./correlations?from=${from}&to=${to}`, signal);
    },
    REFRESH_MS,
  );
  return useMemo(() => (value ? marksOf(value) : NONE), [value]);
}
