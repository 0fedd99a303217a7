/** Confidence as stated by the model -> share of such answers that were right, per meter interval. */
type Knots = readonly (readonly [stated: number, actual: number])[];

/** Isotonic regression on homes composed from the tuning side of the benchmark (`--fit-calibration`), online answers. */
const MAPS: { upToIntervalS: number; knots: Knots }[] = [
  {
    upToIntervalS: 2,
    knots: [
      [0, 0],
      [0.495, 0.467],
      [0.722, 0.72],
      [0.841, 0.813],
      [0.928, 0.887],
      [0.968, 0.907],
      [0.994, 0.955],
      [1, 0.955],
    ],
  },
  {
    upToIntervalS: 7,
    knots: [
      [0, 0],
      [0.492, 0.427],
      [0.71, 0.773],
      [0.852, 0.84],
      [0.932, 0.9],
      [0.958, 0.913],
      [0.978, 0.917],
      [0.999, 0.977],
      [1, 0.977],
    ],
  },
  {
    upToIntervalS: 20,
    knots: [
      [0, 0],
      [0.473, 0.38],
      [0.677, 0.7],
      [0.784, 0.82],
      [0.896, 0.831],
      [0.954, 0.86],
      [0.97, 0.88],
      [0.983, 0.94],
      [0.998, 0.972],
      [1, 0.972],
    ],
  },
  {
    upToIntervalS: 120,
    knots: [
      [0, 0],
      [0.468, 0.393],
      [0.647, 0.593],
      [0.751, 0.62],
      [0.827, 0.733],
      [0.871, 0.787],
      [0.912, 0.83],
      [0.945, 0.833],
      [0.966, 0.89],
      [0.996, 0.937],
      [1, 0.937],
    ],
  },
  {
    upToIntervalS: Infinity,
    knots: [
      [0, 0],
      [0.378, 0.247],
      [0.486, 0.36],
      [0.55, 0.38],
      [0.648, 0.504],
      [0.731, 0.523],
      [0.774, 0.64],
      [0.845, 0.672],
      [0.913, 0.737],
      [0.939, 0.747],
      [0.979, 0.806],
      [1.0, 0.866],
    ],
  },
];

/** Maps a stated probability to the share of such answers that turned out right. */
export function calibratedConfidence(stated: number, intervalS: number): number {
  const knots = MAPS.find(({ upToIntervalS }) => intervalS <= upToIntervalS)?.knots ?? [];
  let former: readonly [number, number] = [0, 0];
  for (const knot of knots) {
    if (stated <= knot[0]) {
      const width = knot[0] - former[0];
      const share = width > 0 ? (stated - former[0]) / width : 1;
      return former[1] + Math.max(0, share) * (knot[1] - former[1]);
    }
    former = knot;
  }
  return former[1];
}
