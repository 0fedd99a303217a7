/** Confidence as stated by the model -> share of such answers that were right, per meter interval. */
type Knots = readonly (readonly [stated: number, actual: number])[];

/** Isotonic regression on homes composed from the tuning side of the benchmark (`--fit-calibration`), online answers. */
const MAPS: { upToIntervalS: number; knots: Knots }[] = [
  {
    upToIntervalS: 2,
    knots: [
      [0, 0],
      [0.499, 0.473],
      [0.721, 0.687],
      [0.832, 0.82],
      [0.897, 0.873],
      [0.937, 0.887],
      [0.973, 0.931],
      [0.998, 0.978],
      [1, 0.978],
    ],
  },
  {
    upToIntervalS: 7,
    knots: [
      [0, 0],
      [0.486, 0.413],
      [0.701, 0.647],
      [0.806, 0.793],
      [0.871, 0.84],
      [0.918, 0.9],
      [0.948, 0.907],
      [0.976, 0.927],
      [0.999, 0.984],
      [1, 0.984],
    ],
  },
  {
    upToIntervalS: 20,
    knots: [
      [0, 0],
      [0.448, 0.36],
      [0.65, 0.613],
      [0.829, 0.833],
      [0.918, 0.847],
      [0.942, 0.88],
      [0.958, 0.9],
      [0.975, 0.927],
      [0.997, 0.977],
      [1, 0.977],
    ],
  },
  {
    upToIntervalS: 120,
    knots: [
      [0, 0],
      [0.456, 0.38],
      [0.628, 0.56],
      [0.729, 0.607],
      [0.802, 0.713],
      [0.879, 0.8],
      [0.931, 0.853],
      [0.951, 0.88],
      [0.972, 0.895],
      [0.994, 0.938],
      [1, 0.938],
    ],
  },
  {
    upToIntervalS: Infinity,
    knots: [
      [0, 0],
      [0.373, 0.247],
      [0.458, 0.327],
      [0.518, 0.38],
      [0.559, 0.42],
      [0.607, 0.48],
      [0.658, 0.537],
      [0.698, 0.587],
      [0.723, 0.593],
      [0.754, 0.64],
      [0.787, 0.653],
      [0.825, 0.71],
      [0.861, 0.747],
      [0.895, 0.76],
      [0.959, 0.779],
      [0.999, 0.879],
      [1, 0.879],
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
