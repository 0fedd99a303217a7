/** Confidence as stated by the model -> share of such answers that were right, per meter interval. */
type Knots = readonly (readonly [stated: number, actual: number])[];

const IDENTITY: Knots = [
  [0, 0],
  [1, 1],
];
const MAPS: { upToIntervalS: number; knots: Knots }[] = [{ upToIntervalS: Infinity, knots: IDENTITY }];

/** Maps a stated probability to the share of such answers that turned out right. */
export function calibratedConfidence(stated: number, intervalS: number): number {
  const knots = MAPS.find((map) => intervalS <= map.upToIntervalS)?.knots ?? IDENTITY;
  for (let i = 1; i < knots.length; i++) {
    const [x1, y1] = knots[i] as readonly [number, number];
    if (stated > x1 && i < knots.length - 1) continue;
    const [x0, y0] = knots[i - 1] as readonly [number, number];
    const share = x1 > x0 ? Math.min(1, Math.max(0, (stated - x0) / (x1 - x0))) : 1;
    return y0 + share * (y1 - y0);
  }
  return stated;
}
