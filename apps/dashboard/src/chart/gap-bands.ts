import { GapAnswer, GapsAnswer } from '../api/answers';
import { formatDuration } from '../format/times';

/** `missing`: nothing is known; `filling`: being read from the meter's history; `backfilled`: known since. */
export type BandKind = 'missing' | 'filling' | 'backfilled';

/** A stretch of time to be shown for what it is. */
export interface Band {
  fromMs: number;
  toMs: number;
  kind: BandKind;
  /** What is shown of it, for people. */
  text: string;
}

/** What is worth a band: shorter gaps are narrower than a line. */
const SHORTEST_BAND_MS = 2_000;

export function gapBands({ gaps, filling }: GapsAnswer): Band[] {
  return gaps.flatMap((gap) => bandsOf(gap, filling?.id === gap.id ? filling.percent : null));
}

function bandsOf(gap: GapAnswer, percent: number | null): Band[] {
  const fromMs = Date.parse(gap.from);
  const toMs = Date.parse(gap.to);
  const untilMs = gap.filled_until === null ? fromMs : Date.parse(gap.filled_until);
  const duration = formatDuration(toMs - fromMs);
  const backfilled = `Read later from the meter’s own history (${duration}: ${gap.reason})`;
  const bands: Band[] = [];
  const add = (band: Band) => {
    if (band.toMs - band.fromMs >= SHORTEST_BAND_MS) bands.push(band);
  };
  if (gap.state === 'filled') {
    add({ fromMs, toMs, kind: 'backfilled', text: gap.detail ? `${backfilled}. ${gap.detail}` : backfilled });
  } else if (gap.state === 'unfillable') {
    add({
      fromMs,
      toMs,
      kind: 'missing',
      text: `No readings for ${duration}: ${gap.reason}${because(gap.detail)}`,
    });
  } else {
    add({ fromMs, toMs: untilMs, kind: 'backfilled', text: backfilled });
    const progress = percent === null ? 'waiting to be filled' : `being filled, ${percent} %`;
    add({
      fromMs: untilMs,
      toMs,
      kind: 'filling',
      text: `No readings for ${duration}: ${gap.reason}; ${progress}`,
    });
  }
  return bands;
}

const because = (detail: string | null) => (detail === null ? '' : `; ${detail}`);

/** The band at an instant, the most serious first; near enough counts where bands are narrow. */
export function bandAt(bands: readonly Band[], atMs: number, toleranceMs: number): Band | undefined {
  const near = bands.filter(({ fromMs, toMs }) => atMs >= fromMs - toleranceMs && atMs <= toMs + toleranceMs);
  return near.find(({ kind }) => kind !== 'backfilled') ?? near[0];
}
