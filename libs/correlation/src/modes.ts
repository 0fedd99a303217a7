/** One power that a device is known to switch by; many devices have two or three (a dishwasher, a TV, a lamp group). */
export interface Mode {
  /** Mean power at full brightness or speed, W, and the variance of that mean. */
  powerW: number;
  variance: number;
  /** Variance from use to use, W². */
  scatter: number;
  /** How many steps up and down have been of this power; old ones fade. */
  ups: number;
  downs: number;
}

/** One step that has been seen, scaled to full brightness or speed. */
export interface SeenStep {
  powerW: number;
  variance: number;
  up: boolean;
  /** How sure it is that this was a change of this entity. */
  weight: number;
}

const SCATTER_SHARE = 0.06;
const SCATTER_FLOOR_W = 1.5;
const SCATTER_WEIGHT = 4;
const MAX_MODES = 4;
/** Clear steps further apart than this many times their usual scatter are of different modes. */
const GAP_SD = 2.4;
const SHARING_ROUNDS = 3;
/** Weight that a step keeps with every step after it. */
const FADE = 0.99;
const FAR = 30;

/** Variance from use to use that is usual for a device of this power, W². */
function usualScatter(powerW: number): number {
  return (SCATTER_SHARE * powerW) ** 2 + SCATTER_FLOOR_W ** 2;
}

/** Which mode a power most likely belongs to, as shares that add up to 1 (or are all 0 when it is far from all). */
export function closenessTo(
  modes: Mode[],
  { powerW, variance }: { powerW: number; variance: number },
): number[] {
  const shares = modes.map((mode) => likelihood(mode, powerW, variance));
  const total = shares.reduce((sum, share) => sum + share, 0);
  return total > 0 ? shares.map((share) => share / total) : shares;
}

function likelihood(mode: Mode, powerW: number, variance: number): number {
  const spread = mode.scatter + mode.variance + variance;
  const distance = (powerW - mode.powerW) ** 2 / spread;
  return distance > 2 * FAR ? 0 : Math.exp(-0.5 * distance) / Math.sqrt(spread);
}

/**
 * Groups the seen steps (oldest first) into modes. Clear steps are parted where there is a gap; unclear ones, if
 * any, begin as one more mode together, and then all are shared out anew between the modes a few times.
 */
export function modesOf(steps: SeenStep[]): Mode[] {
  const ages = agedWeights(steps);
  const clear: number[] = [];
  const unclear: number[] = [];
  steps.forEach((step, i) => (isClear(step) ? clear : unclear).push(i));
  clear.sort((a, b) => (steps[a] as SeenStep).powerW - (steps[b] as SeenStep).powerW);
  const sums: ModeSum[] = [];
  let last: SeenStep | null = null;
  for (const i of clear) {
    const step = steps[i] as SeenStep;
    if (!last || areApart(step, last)) sums.push(new ModeSum());
    sums[sums.length - 1]?.add(step, ages[i] as number);
    last = step;
  }
  if (unclear.length > 0) {
    const sum = new ModeSum();
    for (const i of unclear) sum.add(steps[i] as SeenStep, ages[i] as number);
    sums.push(sum);
  }
  let modes = sums.map((sum) => sum.mode());
  if (unclear.length > 0 && modes.length > 1) {
    for (let round = 0; round < SHARING_ROUNDS; round++) modes = shareOut(steps, ages, modes);
  }
  modes.sort((a, b) => a.powerW - b.powerW);
  mergeClose(modes);
  return modes;
}

const weightsScratch: number[] = [];

function agedWeights(steps: SeenStep[]): number[] {
  let fade = 1;
  for (let i = steps.length - 1; i >= 0; i--) {
    weightsScratch[i] = (steps[i] as SeenStep).weight * fade;
    fade *= FADE;
  }
  return weightsScratch;
}

function isClear({ powerW, variance, weight }: SeenStep): boolean {
  return variance < 6 * usualScatter(powerW) && weight > 0.5;
}

function areApart(a: SeenStep, b: SeenStep): boolean {
  return (a.powerW - b.powerW) ** 2 > GAP_SD ** 2 * usualScatter(a.powerW) + 2 * (a.variance + b.variance);
}

function shareOut(steps: SeenStep[], ages: number[], modes: Mode[]): Mode[] {
  const sums = modes.map(() => new ModeSum());
  const shares = modes.map(() => 0);
  steps.forEach((step, i) => {
    let total = 0;
    for (let k = 0; k < modes.length; k++) {
      const mode = modes[k] as Mode;
      const share = likelihood(mode, step.powerW, step.variance) * (mode.ups + mode.downs);
      shares[k] = share;
      total += share;
    }
    for (let k = 0; k < modes.length; k++) {
      const share = shares[k] as number;
      if (share > 0.02 * total) sums[k]?.add(step, ((ages[i] as number) * share) / total);
    }
  });
  return sums.filter((sum) => sum.count > 0).map((sum) => sum.mode());
}

/** The steps of a mode with their weights, and the mode that they make. */
class ModeSum {
  private readonly steps: SeenStep[] = [];
  private readonly weights: number[] = [];

  get count(): number {
    return this.steps.length;
  }

  add(step: SeenStep, weight: number): void {
    this.steps.push(step);
    this.weights.push(weight);
  }

  mode(): Mode {
    const { steps, weights } = this;
    let precision = 0;
    let weighted = 0;
    let ups = 0;
    let downs = 0;
    for (let i = 0; i < steps.length; i++) {
      const { powerW, variance, up } = steps[i] as SeenStep;
      const weight = weights[i] as number;
      const own = weight / (variance + usualScatter(powerW));
      precision += own;
      weighted += own * powerW;
      if (up) ups += weight;
      else downs += weight;
    }
    const powerW = weighted / precision;
    const usual = usualScatter(powerW);
    let squares = SCATTER_WEIGHT * usual;
    let trusts = SCATTER_WEIGHT;
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i] as SeenStep;
      const trust = ((weights[i] as number) * usual) / (usual + step.variance);
      squares += trust * Math.max(0, (step.powerW - powerW) ** 2 - step.variance);
      trusts += trust;
    }
    return { powerW, variance: 1 / precision, scatter: Math.max(1, squares / trusts), ups, downs };
  }
}

/** Merges neighbours that cannot be told apart, then the closest until there are few enough. */
function mergeClose(modes: Mode[]): void {
  for (;;) {
    let closest = -1;
    let smallest = Infinity;
    for (let k = 1; k < modes.length; k++) {
      const low = modes[k - 1] as Mode;
      const high = modes[k] as Mode;
      const apart = (high.powerW - low.powerW) ** 2;
      const distance = apart / (usualScatter(high.powerW) + 2 * (low.variance + high.variance));
      if (distance < smallest) {
        smallest = distance;
        closest = k;
      }
    }
    if (closest < 0 || (modes.length <= MAX_MODES && smallest > 4)) return;
    modes.splice(closest - 1, 2, merged(modes[closest - 1] as Mode, modes[closest] as Mode));
  }
}

function merged(a: Mode, b: Mode): Mode {
  const countA = a.ups + a.downs + 1e-9;
  const countB = b.ups + b.downs + 1e-9;
  const share = countA / (countA + countB);
  const precision = 1 / a.variance + 1 / b.variance;
  const powerW = (a.powerW / a.variance + b.powerW / b.variance) / precision;
  const between = share * (1 - share) * Math.max(0, (a.powerW - b.powerW) ** 2 - a.variance - b.variance);
  return {
    powerW,
    variance: 1 / precision,
    scatter: share * a.scatter + (1 - share) * b.scatter + between,
    ups: a.ups + b.ups,
    downs: a.downs + b.downs,
  };
}
