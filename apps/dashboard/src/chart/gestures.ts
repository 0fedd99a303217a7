import { panned, TimeRange, zoomed } from './time-range';

export interface GestureTarget {
  element: HTMLElement;
  range(): TimeRange;
  bounds(): TimeRange;
  setRange(range: TimeRange): void;
  setMoving(isMoving: boolean): void;
}

const WHEEL_ZOOM = 0.002;

/** Drag moves, two fingers or Ctrl and the wheel zoom, a double click shows all. Returns how to stop listening. */
export function listenForGestures({
  element,
  range,
  bounds,
  setRange,
  setMoving,
}: GestureTarget): () => void {
  const pointers = new Map<number, number>();
  const listening = new AbortController();
  const { signal } = listening;
  const secondsPerPx = () => (range().to - range().from) / Math.max(1, element.clientWidth);
  const timeAt = (clientX: number) =>
    range().from + (clientX - element.getBoundingClientRect().left) * secondsPerPx();
  const spread = () => Math.max(24, Math.abs([...pointers.values()].reduce((a, b) => a - b)));

  element.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button !== 0) return;
      pointers.set(event.pointerId, event.clientX);
      element.setPointerCapture(event.pointerId);
      setMoving(true);
    },
    { signal },
  );
  element.addEventListener(
    'pointermove',
    (event) => {
      const beforeX = pointers.get(event.pointerId);
      if (beforeX === undefined) return;
      if (pointers.size === 1) {
        pointers.set(event.pointerId, event.clientX);
        setRange(panned(range(), (beforeX - event.clientX) * secondsPerPx(), bounds()));
      } else {
        const beforeSpread = spread();
        pointers.set(event.pointerId, event.clientX);
        const middleX = [...pointers.values()].reduce((a, b) => a + b) / pointers.size;
        setRange(zoomed(range(), beforeSpread / spread(), timeAt(middleX), bounds()));
      }
    },
    { signal },
  );
  const release = (event: PointerEvent) => {
    pointers.delete(event.pointerId);
    setMoving(pointers.size > 0);
  };
  element.addEventListener('pointerup', release, { signal });
  element.addEventListener('pointercancel', release, { signal });
  element.addEventListener(
    'wheel',
    (event) => {
      // A plain vertical wheel belongs to the page.
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const factor = Math.exp(event.deltaY * WHEEL_ZOOM);
        setRange(zoomed(range(), factor, timeAt(event.clientX), bounds()));
      } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        setRange(panned(range(), event.deltaX * secondsPerPx(), bounds()));
      }
    },
    { signal, passive: false },
  );
  element.addEventListener('dblclick', () => setRange(bounds()), { signal });
  return () => listening.abort();
}
