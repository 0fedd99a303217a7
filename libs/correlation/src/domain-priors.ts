/** One kind of load that an unknown entity may be: its power, how far that is spread, and how common it is. */
export interface LoadClass {
  powerW: number;
  sdW: number;
  share: number;
}

/** What is believed about an entity before its first event. */
export interface DomainPrior {
  loads: LoadClass[];
  /** Probability that switching it changes the power at all. */
  effectProbability: number;
}

/** What a user or a device profile says about an entity, in place of its domain's prior. */
export interface EntityPrior {
  /** Expected power while on, W. */
  powerW: number;
  /** Standard deviation of that expectation, W. Default: a third of the power and at least 5 W. */
  sdW?: number;
  /** Probability that switching it changes the power at all. Default 0.9. */
  effectProbability?: number;
}

const SMALL: LoadClass = { powerW: 15, sdW: 12, share: 0.3 };
const MEDIUM: LoadClass = { powerW: 120, sdW: 100, share: 0.3 };
const LARGE: LoadClass = { powerW: 1300, sdW: 800, share: 0.4 };

const BY_DOMAIN: Record<string, DomainPrior> = {
  light: {
    loads: [
      { powerW: 11, sdW: 6, share: 0.3 },
      { powerW: 40, sdW: 25, share: 0.4 },
      { powerW: 110, sdW: 80, share: 0.3 },
    ],
    effectProbability: 0.85,
  },
  media_player: {
    loads: [
      { powerW: 40, sdW: 35, share: 0.4 },
      { powerW: 120, sdW: 70, share: 0.6 },
    ],
    effectProbability: 0.75,
  },
  climate: { loads: [SMALL, MEDIUM, LARGE], effectProbability: 0.3 },
  water_heater: { loads: [{ powerW: 1800, sdW: 900, share: 1 }], effectProbability: 0.7 },
  vacuum: { loads: [SMALL, { powerW: 900, sdW: 500, share: 0.7 }], effectProbability: 0.6 },
  switch: { loads: [SMALL, MEDIUM, LARGE], effectProbability: 0.5 },
  // A range hood draws several times what a ceiling fan does.
  fan: {
    loads: [
      { powerW: 40, sdW: 35, share: 0.6 },
      { powerW: 150, sdW: 90, share: 0.4 },
    ],
    effectProbability: 0.5,
  },
  humidifier: { loads: [SMALL, MEDIUM], effectProbability: 0.6 },
  cover: { loads: [{ powerW: 60, sdW: 60, share: 1 }], effectProbability: 0.12 },
};
const OTHER: DomainPrior = { loads: [SMALL, MEDIUM, LARGE], effectProbability: 0.2 };

/** Prior of an entity: its own when there is one, else that of its domain. */
export function priorFor(domain: string, own: EntityPrior | undefined): DomainPrior {
  const usual = BY_DOMAIN[domain] ?? OTHER;
  if (!own) return usual;
  const sdW = own.sdW ?? Math.max(5, own.powerW / 3);
  return {
    loads: [
      { powerW: own.powerW, sdW, share: 0.8 },
      ...usual.loads.map((load) => ({ ...load, share: load.share * 0.2 })),
    ],
    effectProbability: own.effectProbability ?? 0.9,
  };
}
