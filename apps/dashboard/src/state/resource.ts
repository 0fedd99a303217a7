import { useCallback, useEffect, useState } from 'preact/hooks';
import { ApiError, toApiError } from '../api/api-error';
import { connectionCount } from './live';

export interface Resource<Value> {
  /** What came last; stays while it is asked for again, also where that fails. */
  value: Value | null;
  error: ApiError | null;
  loading: boolean;
  reload(): void;
}

interface Loaded<Value> {
  key: string;
  value: Value | null;
  error: ApiError | null;
}

/**
 * Something of the service: asked for when its key changes, after every reconnection, and every so often.
 * @param key what is asked for; null for nothing yet
 */
export function useResource<Value>(
  key: string | null,
  load: (signal: AbortSignal) => Promise<Value>,
  everyMs: number,
): Resource<Value> {
  const [loaded, setLoaded] = useState<Loaded<Value> | null>(null);
  const [attempt, setAttempt] = useState(0);
  const connections = connectionCount.value;
  useEffect(() => {
    if (key === null) return undefined;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      try {
        const value = await load(stop.signal);
        if (!stop.signal.aborted) setLoaded({ key, value, error: null });
      } catch (error) {
        if (stop.signal.aborted) return;
        setLoaded((before) => ({
          key,
          value: before?.key === key ? before.value : null,
          error: toApiError(error),
        }));
      }
      if (!stop.signal.aborted) timer = setTimeout(() => void ask(), everyMs);
    };
    void ask();
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [key, everyMs, attempt, connections]);
  const current = loaded?.key === key ? loaded : null;
  return {
    value: current?.value ?? null,
    error: current?.error ?? null,
    loading: key !== null && current === null,
    reload: useCallback(() => setAttempt((before) => before + 1), []),
  };
}
