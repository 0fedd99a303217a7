import { useEffect, useState } from 'preact/hooks';
import { RawReadingsAnswer, ReadingAnswer } from '../api/answers';
import { ApiError, toApiError } from '../api/api-error';
import { parseSteps } from '../chart/csv-steps';
import {
  addReading,
  columnsOfSteps,
  emptyColumns,
  forgetBefore,
  HOLD_S,
  PowerColumns,
} from '../chart/power-columns';
import { api, connectionCount, onReading } from './live';

export interface LiveWindow {
  lengthS: number;
  label: string;
  /** Steps of so many seconds; null for every single reading. */
  stepS: number | null;
}

export const LIVE_WINDOWS: readonly [LiveWindow, ...LiveWindow[]] = [
  { lengthS: 600, label: '10 min', stepS: null },
  { lengthS: 3_600, label: '1 h', stepS: null },
  { lengthS: 6 * 3_600, label: '6 h', stepS: 10 },
  { lengthS: 24 * 3_600, label: '24 h', stepS: 60 },
];

const MOST_PAGES = 4;

export interface LiveColumns {
  columns: PowerColumns;
  version: number;
  loading: boolean;
  error: ApiError | null;
}

/** The last minutes or hours, which grow with every reading. */
export function useLiveColumns(window: LiveWindow): LiveColumns {
  const [state, setState] = useState<LiveColumns>({
    columns: emptyColumns(),
    version: 0,
    loading: true,
    error: null,
  });
  const connections = connectionCount.value;
  useEffect(() => {
    const stop = new AbortController();
    let columns: PowerColumns | null = null;
    const waiting: ReadingAnswer[] = [];
    const show = (part: Partial<LiveColumns>) =>
      setState((before) => ({ ...before, ...part, version: before.version + 1 }));
    const unsubscribe = onReading((reading) => {
      if (!columns) {
        waiting.push(reading);
        return;
      }
      if (!addReading(columns, reading)) return;
      forgetBefore(columns, Date.now() / 1000 - window.lengthS - 2 * HOLD_S);
      show({ columns });
    });
    const load = async () => {
      let error: ApiError | null = null;
      try {
        columns = await loadWindow(window, stop.signal);
      } catch (caught) {
        if (stop.signal.aborted) return;
        error = toApiError(caught);
        columns = emptyColumns();
      }
      for (const reading of waiting) addReading(columns, reading);
      show({ columns, loading: false, error });
    };
    void load();
    return () => {
      unsubscribe();
      stop.abort();
    };
  }, [window, connections]);
  return state;
}

async function loadWindow({ lengthS, stepS }: LiveWindow, signal: AbortSignal): Promise<PowerColumns> {
  // What was in force when the window begins was told before it.
  const from = new Date(Date.now() - (lengthS + HOLD_S) * 1000).toISOString();
  if (stepS !== null) {
    const path = `./readings?format=csv&circuits=none&every=${stepS}&from=${from}`;
    return columnsOfSteps(parseSteps(await api.text(path, signal)), stepS, HOLD_S);
  }
  const columns = emptyColumns();
  let path: string | null = `./readings?circuits=none&limit=10000&from=${from}`;
  for (let page = 0; path !== null && page < MOST_PAGES; page += 1) {
    const answer: RawReadingsAnswer = await api.json(path, signal);
    for (const reading of answer.readings) addReading(columns, reading);
    path = answer.next === null ? null : `.${answer.next}`;
  }
  return columns;
}
