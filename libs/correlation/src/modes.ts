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
const SETTLED_SHARE = 0.005;
const SETTLED_USES = 0.1;
/** Weight that a step keeps with every step after it. */
const FADE = 0.99;
const FAR = 30;

/** Variance from use to use that is usual for a device of this power, W². */
function usualScatter(powerW: number): number {
  return (SCATTER_SHARE * powerW) ** 2 + SCATTER_FLOOR_W ** 2;
}

/** Which mode a power most likely belongs to, as shares that add up to 1 (or are all 0 when it is far from all). */
export function closenessTo(
  modes: readonly Mode[],
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

/** Scratch: `ages` weighs each step; `shares` says how much of each step belongs to each mode, a row a mode. */
let capacity = 0;
let ages = new Float64Array(0);
let shares = new Float64Array(0);

function reserve(steps: number): void {
  if (steps <= capacity) return;
  capacity = 2 * steps;
  ages = new Float64Array(capacity);
  // As many modes as steps, and one for the unclear ones.
  shares = new Float64Array(capacity * (capacity + 1));
}

/**
 * Groups the seen steps (oldest first) into modes. Clear steps are parted where there is a gap; unclear ones, if
 * any, begin as one more mode together, and then all are shared out anew between the modes a few times.
 */
export function modesOf(steps: readonly SeenStep[]): Mode[] {
  const { length } = steps;
  reserve(length);
  let fade = 1;
  for (let i = length - 1; i >= 0; i--) {
    ages[i] = (steps[i] as SeenStep).weight * fade;
    fade *= FADE;
  }
  const clear: number[] = [];
  const unclear: number[] = [];
  for (let i = 0; i < length; i++) (isClear(steps[i] as SeenStep) ? clear : unclear).push(i);
  clear.sort((a, b) => byPower(steps[a] as SeenStep, steps[b] as SeenStep));
  let count = 0;
  const addMode = (): void => void shares.fill(0, count++ * length, count * length);
  const addStep = (i: number): void => void (shares[(count - 1) * length + i] = ages[i] as number);
  let last: SeenStep | null = null;
  for (const i of clear) {
    const step = steps[i] as SeenStep;
    if (!last || areApart(step, last)) addMode();
    addStep(i);
    last = step;
  }
  const hasUnclear = unclear.length > 0;
  if (hasUnclear) {
    addMode();
    unclear.forEach(addStep);
  }
  let modes = modesOfShares(steps, count);
  if (hasUnclear && modes.length > 1) {
    for (let round = 0; round < SHARING_ROUNDS; round++) {
      shareOut(steps, modes);
      const former = modes;
      modes = modesOfShares(steps, former.length);
      if (areSettled(modes, former)) break;
    }
  }
  modes.sort(byPower);
  mergeClose(modes);
  return modes;
}

/** Whether sharing the steps out once more would change next to nothing. */
function areSettled(modes: readonly Mode[], former: readonly Mode[]): boolean {
  return (
    modes.length === former.length &&
    modes.every((mode, k) => {
      const { powerW, ups, downs } = former[k] as Mode;
      const moved = Math.abs(mode.powerW - powerW) > SETTLED_SHARE * Math.abs(powerW);
      return !moved && Math.abs(mode.ups + mode.downs - ups - downs) < SETTLED_USES;
    })
  );
}

function byPower(a: { powerW: number }, b: { powerW: number }): number {
  return a.powerW - b.powerW;
}

function isClear({ powerW, variance, weight }: SeenStep): boolean {
  return weight > 0.5 && variance < 6 * usualScatter(powerW);
}

function areApart(a: SeenStep, b: SeenStep): boolean {
  return (a.powerW - b.powerW) ** 2 > GAP_SD ** 2 * usualScatter(a.powerW) + 2 * (a.variance + b.variance);
}

/** Shares every step out between the modes by how well it fits each. */
function shareOut(steps: readonly SeenStep[], modes: Mode[]): void {
  const { length } = steps;
  for (let i = 0; i < length; i++) {
    const { powerW, variance } = steps[i] as SeenStep;
    let total = 0;
    for (let k = 0; k < modes.length; k++) {
      const mode = modes[k] as Mode;
      const fit = likelihood(mode, powerW, variance) * (mode.ups + mode.downs);
      shares[k * length + i] = fit;
      total += fit;
    }
    for (let k = 0; k < modes.length; k++) {
      const at = k * length + i;
      const fit = shares[at] as number;
      shares[at] = fit > 0.02 * total ? ((ages[i] as number) * fit) / total : 0;
    }
  }
}

/** The modes that the shares make; one that nothing belongs to is none. */
function modesOfShares(steps: readonly SeenStep[], count: number): Mode[] {
  const modes: Mode[] = [];
  for (let k = 0; k < count; k++) {
    const mode = modeOfShares(steps, k * steps.length);
    if (mode) modes.push(mode);
  }
  return modes;
}

function modeOfShares(steps: readonly SeenStep[], row: number): Mode | null {
  let precision = 0;
  let weighted = 0;
  let ups = 0;
  let downs = 0;
  for (let i = 0; i < steps.length; i++) {
    const weight = shares[row + i] as number;
    if (weight === 0) continue;
    const { powerW, variance, up } = steps[i] as SeenStep;
    const own = weight / (variance + usualScatter(powerW));
    precision += own;
    weighted += own * powerW;
    if (up) ups += weight;
    else downs += weight;
  }
  if (precision === 0) return null;
  const powerW = weighted / precision;
  const usual = usualScatter(powerW);
  let squares = SCATTER_WEIGHT * usual;
  let trusts = SCATTER_WEIGHT;
  for (let i = 0; i < steps.length; i++) {
    const weight = shares[row + i] as number;
    if (weight === 0) continue;
    const step = steps[i] as SeenStep;
    const trust = (weight * usual) / (usual + step.variance);
    squares += trust * Math.max(0, (step.powerW - powerW) ** 2 - step.variance);
    trusts += trust;
  }
  return { powerW, variance: 1 / precision, scatter: Math.max(1, squares / trusts), ups, downs };
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
