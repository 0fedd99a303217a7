const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;

/** `12 s`, `3 min`, `2 h 5 min`, `4 d 3 h`: the two largest parts. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  if (seconds < MINUTE_S) return `${seconds} s`;
  if (seconds < HOUR_S) return `${Math.round(seconds / MINUTE_S)} min`;
  const [largeS, large, smallS, small] =
    seconds < DAY_S ? [HOUR_S, 'h', MINUTE_S, 'min'] : [DAY_S, 'd', HOUR_S, 'h'];
  const whole = Math.floor(seconds / (largeS as number));
  const rest = Math.floor((seconds % (largeS as number)) / (smallS as number));
  return rest === 0 ? `${whole} ${large}` : `${whole} ${large} ${rest} ${small}`;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(key: string, timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const id = `${key} ${timeZone}`;
  let made = formatters.get(id);
  if (!made) {
    made = new Intl.DateTimeFormat('en-GB', { timeZone, ...options });
    formatters.set(id, made);
  }
  return made;
}

/** `18:04` */
export const formatTime = (atMs: number, timeZone: string): string =>
  formatter('time', timeZone, { hour: '2-digit', minute: '2-digit' }).format(atMs);

/** `18:04:31` */
export const formatExactTime = (atMs: number, timeZone: string): string =>
  formatter('exact', timeZone, { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(atMs);

/** `Mon 23 Nov` */
export const formatDay = (atMs: number, timeZone: string): string =>
  formatter('day', timeZone, { weekday: 'short', day: 'numeric', month: 'short' })
    .format(atMs)
    .replace(',', '');

/** `23 Nov` */
export const formatShortDay = (atMs: number, timeZone: string): string =>
  formatter('short', timeZone, { day: 'numeric', month: 'short' }).format(atMs);

/** `Monday 23 November 2026` */
export const formatLongDay = (atMs: number, timeZone: string): string =>
  formatter('long', timeZone, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
    .format(atMs)
    .replace(',', '');

/** `November 2026` */
export const formatMonth = (atMs: number, timeZone: string): string =>
  formatter('month', timeZone, { month: 'long', year: 'numeric' }).format(atMs);

/** `Nov` */
export const formatShortMonth = (atMs: number, timeZone: string): string =>
  formatter('shortMonth', timeZone, { month: 'short' }).format(atMs);

/** `Mon 23 Nov, 18:04` */
export const formatDayTime = (atMs: number, timeZone: string): string =>
  `${formatDay(atMs, timeZone)}, ${formatTime(atMs, timeZone)}`;
