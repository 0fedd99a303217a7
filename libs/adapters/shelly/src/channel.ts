/** What one channel of a device says: a clamp, a metered switch, or three phases together. */
export interface ChannelSample {
  /** `em:0`, `em1:2`, `switch:0`; `emeter:1` for the first generation. */
  component: string;
  /** W, + = import. null = unknown. */
  powerW: number | null;
  /** Of a three-phase channel; else empty. */
  phases: readonly PhaseSample[];
  /** Lifetime counters, kWh. null = unknown or not counted. */
  importKwh: number | null;
  exportKwh: number | null;
  /** What the device itself complains of. */
  faults: readonly string[];
}

export interface PhaseSample {
  phase: 'a' | 'b' | 'c';
  powerW: number | null;
}

/** The sample of a clamp that was put on the wrong way round. */
export function inverted(sample: ChannelSample): ChannelSample {
  return {
    ...sample,
    powerW: negated(sample.powerW),
    phases: sample.phases.map(({ phase, powerW }) => ({ phase, powerW: negated(powerW) })),
    importKwh: sample.exportKwh,
    exportKwh: sample.importKwh,
  };
}

function negated(powerW: number | null): number | null {
  // Not -0, which would show.
  return powerW === null ? null : 0 - powerW;
}
