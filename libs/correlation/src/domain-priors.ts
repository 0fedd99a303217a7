/** What is believed about an entity before its first event. */
export interface EntityPrior {
  /** Expected power while on, W. */
  powerW: number;
  /** Standard deviation of that expectation, W. */
  sdW: number;
  /** Probability that switching it changes the power at all. */
  effectProbability: number;
}

const BY_DOMAIN: Record<string, EntityPrior> = {
  light: { powerW: 40, sdW: 80, effectProbability: 0.85 },
  media_player: { powerW: 80, sdW: 120, effectProbability: 0.7 },
  climate: { powerW: 100, sdW: 300, effectProbability: 0.3 },
  water_heater: { powerW: 500, sdW: 1000, effectProbability: 0.7 },
  vacuum: { powerW: 200, sdW: 700, effectProbability: 0.6 },
  switch: { powerW: 200, sdW: 700, effectProbability: 0.5 },
  fan: { powerW: 30, sdW: 60, effectProbability: 0.5 },
  humidifier: { powerW: 100, sdW: 200, effectProbability: 0.5 },
  cover: { powerW: 0, sdW: 40, effectProbability: 0.15 },
};
const OTHER: EntityPrior = { powerW: 50, sdW: 300, effectProbability: 0.2 };

/** Prior of an entity by its domain. */
export function domainPrior(domain: string): EntityPrior {
  return BY_DOMAIN[domain] ?? OTHER;
}
