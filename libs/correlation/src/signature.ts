import { DomainPrior } from './domain-priors';
import { EffectModel, SWITCHING } from './effect-model';

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

/** What has been learned of one family of an entity's events. Plain JSON. */
export interface Signature {
  /** The latest steps, oldest first, and the modes that they form. */
  steps: SeenStep[];
  modes: Mode[];
  /** log of P(such events have an effect at all) / P(they never have). */
  logOdds: number;
  /** Events of an effective entity that changed nothing. */
  nulls: number;
  /** Tenth of brightness or speed -> share of full power, where learned. */
  curve: Record<string, { share: number; variance: number }>;
  /** Power of the last step up: the step down will likely be the same. */
  lastUse: { powerW: number; variance: number } | null;
  /** How often the step down was of the same mode as the step up before it. */
  mirrored: number;
  notMirrored: number;
  /** Events learned from. */
  count: number;
}

/** A way in which one event may have come to change the power. */
export interface EffectOption {
  /** Index of the mode; NO_MODE for no effect; beyond the modes: a load class of the prior (a new mode). */
  mode: number;
  /** Log probability, given that such events have an effect at all. */
  logWeight: number;
  /** Signed effect, W. */
  mean: number;
  /** Variance that events of the same mode share, and what each use adds. */
  modeVariance: number;
  scatter: number;
  /** Signed share of the mode's full power. */
  coefficient: number;
}

export const NO_MODE = -1;
const NULL_EFFECT_SD_W = 1.5;
const SCATTER_SHARE = 0.06;
const SCATTER_FLOOR_W = 1.5;
const SCATTER_WEIGHT = 2;
const NEW_MODE_SCATTER_SHARE = 0.1;
/** Weight of the possibility that the next step is of a power not seen yet, in events. */
const NEWNESS = 0.7;
const NULL_SHARE = 0.08;
const SURE = 0.9;
const MAX_MODES = 4;
const MAX_STEPS = 60;
/** Clear steps further apart than this many times their usual scatter are of different modes. */
const GAP_SD = 3;
const SHARING_ROUNDS = 3;
const MIN_LOG_ODDS = -5;
const MAX_LOG_ODDS = 7;
const FADE = 0.99;
const CURVE_SD = 0.15;

export function createSignature(family: string, prior: DomainPrior): Signature {
  const probability = family === SWITCHING ? prior.effectProbability : 0.06;
  return {
    steps: [],
    modes: [],
    logOdds: Math.log(probability / (1 - probability)),
    nulls: 0,
    curve: {},
    lastUse: null,
    mirrored: 2,
    notMirrored: 1,
    count: 0,
  };
}

export function copySignature(signature: Signature): Signature {
  return {
    ...signature,
    steps: [...signature.steps],
    modes: [...signature.modes],
    curve: Object.fromEntries(Object.entries(signature.curve).map(([tenth, point]) => [tenth, { ...point }])),
      };
}

export function effectProbability(signature: Signature): number {
  return 1 / (1 + Math.exp(-signature.logOdds));
}

/** Share of full power at a tenth of brightness: learned where seen, else proportional. */
function curveAt(signature: Signature, tenths: number): { share: number; variance: number } {
  if (tenths === 0 || tenths === 10) return { share: tenths / 10, variance: 0 };
  return (
    signature.curve[tenths] ?? {
      share: tenths / 10,
      variance: (CURVE_SD * 4 * (tenths / 10) * (1 - tenths / 10)) ** 2,
    }
  );
}

/** Every way in which an event of this model may change the power, with its probability. */
export function optionsOf(signature: Signature, model: EffectModel, prior: DomainPrior): EffectOption[] {
  const sign = model.direction < 0 ? -1 : 1;
  const before = curveAt(signature, model.fromTenths);
  const after = curveAt(signature, model.toTenths);
  const coefficient = after.share - before.share;
  const coefficientVariance = before.variance + after.variance;
  const counts = signature.modes.map((mode) =>
    model.direction < 0 ? mode.downs + 0.3 * mode.ups : mode.ups + 0.3 * mode.downs,
  );
  const nulls = signature.nulls + NULL_SHARE;
  const total = counts.reduce((sum, count) => sum + count, 0) + nulls + NEWNESS;
  const weights = counts.map((count) => count / total);
  if (model.direction < 0 && signature.lastUse) {
    const mirror = signature.mirrored / (signature.mirrored + signature.notMirrored);
    const known = weights.reduce((sum, weight) => sum + weight, 0);
    const closeness = closenessTo(signature.modes, signature.lastUse);
    weights.forEach((own, k) => {
      weights[k] = (1 - mirror) * own + mirror * known * (closeness[k] ?? 0);
    });
  }
  const options: EffectOption[] = [
    {
      mode: NO_MODE,
      logWeight: Math.log(nulls / total),
      mean: 0,
      modeVariance: 0,
      scatter: NULL_EFFECT_SD_W ** 2,
      coefficient: sign,
    },
  ];
  const add = (mode: number, weight: number, powerW: number, variance: number, scatter: number): void => {
    options.push({
      mode,
      logWeight: Math.log(Math.max(weight, 1e-9)),
      mean: coefficient * powerW,
      modeVariance: coefficient * coefficient * variance,
      scatter: coefficient * coefficient * scatter + coefficientVariance * (powerW * powerW + variance),
      coefficient,
    });
  };
  signature.modes.forEach((mode, k) => add(k, weights[k] ?? 0, mode.powerW, mode.variance, mode.scatter));
  const newness = NEWNESS / total;
  const first = signature.modes.length;
  if (model.family === SWITCHING) {
    prior.loads.forEach(({ powerW, sdW, share }, i) => {
      const scatter = NEW_MODE_SCATTER_SHARE ** 2 * (powerW * powerW + sdW * sdW);
      add(first + i, newness * share, powerW, sdW * sdW, scatter);
    });
  } else {
    add(first, newness * 0.5, 0, 40 ** 2, 25);
    add(first + 1, newness * 0.5, 0, 400 ** 2, 1600);
  }
  return options;
}

/** What a solved event says, per option that it may have been. */
export interface OptionOutcome {
  option: EffectOption;
  responsibility: number;
  /** Posterior of the effect under this option. */
  mean: number;
  variance: number;
}

/**
 * Moves the signature towards what one solved event says; `activeProbability` is how sure it is, if the event
 * changed nothing, that others like it do.
 */
export function learn(
  signature: Signature,
  model: EffectModel,
  outcomes: OptionOutcome[],
  activeProbability: number,
): void {
  const nothing = outcomes.find(({ option }) => option.mode === NO_MODE);
  // Only a sure nothing counts: an unsure one would make the next one surer.
  const sureNothing = Math.max(0, ((nothing?.responsibility ?? 0) - SURE) / (1 - SURE));
  signature.nulls = signature.nulls * FADE + sureNothing * activeProbability;
  learnCurve(signature, model, outcomes);
  const step = seenStep(model, outcomes);
  if (step) {
    signature.steps.push(step);
    if (signature.steps.length > MAX_STEPS) signature.steps.shift();
    if (model.family === SWITCHING) learnUse(signature, model, step);
    signature.modes = modesOf(signature.steps);
  } else if (model.direction > 0) signature.lastUse = null;
  signature.count++;
}

/** The step as the power shows it, without what was expected; null when it shows too little. */
function seenStep(model: EffectModel, outcomes: OptionOutcome[]): SeenStep | null {
  let best: OptionOutcome | null = null;
  let weight = 0;
  for (const outcome of outcomes) {
    if (outcome.option.mode === NO_MODE) continue;
    weight += outcome.responsibility;
    if (!best || outcome.responsibility > best.responsibility) best = outcome;
  }
  if (!best || weight < 0.3 || Math.abs(best.option.coefficient) < 0.05) return null;
  const { option, mean, variance } = best;
  const priorVariance = option.modeVariance + option.scatter;
  const precision = 1 / variance - 1 / priorVariance;
  if (!(precision > 1e-3 / priorVariance)) return null;
  const evidence = (mean / variance - option.mean / priorVariance) / precision;
  const powerW = evidence / option.coefficient;
  const powerVariance = 1 / precision / option.coefficient ** 2;
  // Switching on adds power: a clear step the other way is not this entity's. An unclear one counts as it is,
  // or only those that chance made large would be learned from.
  if (model.family === SWITCHING && powerW + 2 * Math.sqrt(powerVariance) < 3) return null;
  return { powerW, variance: powerVariance, up: model.direction >= 0, weight };
}

function learnUse(signature: Signature, model: EffectModel, step: SeenStep): void {
  if (model.direction < 0 && signature.lastUse && signature.modes.length > 1) {
    const before = closenessTo(signature.modes, signature.lastUse);
    const now = closenessTo(signature.modes, step);
    const same = before.reduce((sum, share, k) => sum + share * (now[k] ?? 0), 0);
    signature.mirrored = 0.98 * signature.mirrored + step.weight * same;
    signature.notMirrored = 0.98 * signature.notMirrored + step.weight * (1 - same);
  }
  signature.lastUse = model.direction > 0 ? { powerW: step.powerW, variance: step.variance } : null;
}

/** Which mode a power most likely belongs to, as shares that add up to 1. */
function closenessTo(modes: Mode[], { powerW, variance }: { powerW: number; variance: number }): number[] {
  const logs = modes.map((mode) => {
    const spread = mode.scatter + mode.variance + variance;
    return -0.5 * (Math.log(spread) + (powerW - mode.powerW) ** 2 / spread);
  });
  const largest = Math.max(...logs);
  const shares = logs.map((log) => Math.exp(log - largest));
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => share / total);
}

/**
 * Groups the seen steps into modes. Clear steps are parted where there is a gap; unclear ones, if any, begin as
 * one more mode together, and then all are shared out anew between the modes a few times.
 */
function modesOf(steps: SeenStep[]): Mode[] {
  const aged = steps.map((step, i) => ({ ...step, weight: step.weight * FADE ** (steps.length - 1 - i) }));
  const unclear: AgedStep[] = [];
  const clear: AgedStep[] = [];
  for (const step of aged) (isClear(step) ? clear : unclear).push(step);
  const groups: AgedStep[][] = [];
  for (const step of clear.sort((a, b) => a.powerW - b.powerW)) {
    const group = groups[groups.length - 1];
    const last = group?.[group.length - 1];
    if (group && last && !areApart(step, last)) group.push(step);
    else groups.push([step]);
  }
  if (unclear.length > 0) groups.push(unclear);
  let modes = groups.map((group) => modeOf(group));
  if (unclear.length > 0 && modes.length > 1) {
    for (let round = 0; round < SHARING_ROUNDS; round++) modes = shareOut(aged, modes);
  }
  modes.sort((a, b) => a.powerW - b.powerW);
  mergeClose(modes);
  return modes;
}

function isClear({ powerW, variance, weight }: AgedStep): boolean {
  return variance < 6 * usualScatter(powerW) && weight > 0.5;
}

function areApart(a: AgedStep, b: AgedStep): boolean {
  return (a.powerW - b.powerW) ** 2 > GAP_SD ** 2 * usualScatter(a.powerW) + 2 * (a.variance + b.variance);
}

function shareOut(steps: AgedStep[], modes: Mode[]): Mode[] {
  const shared: AgedStep[][] = modes.map(() => []);
  for (const step of steps) {
    const closeness = closenessTo(modes, step).map((share, k) => share * ((modes[k] as Mode).ups + (modes[k] as Mode).downs));
    const total = closeness.reduce((sum, share) => sum + share, 0);
    closeness.forEach((share, k) => {
      if (share > 0.02 * total) shared[k]?.push({ ...step, weight: (step.weight * share) / total });
    });
  }
  return shared.filter((group) => group.length > 0).map((group) => modeOf(group));
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
      const blurred = usualScatter(high.powerW) + 2 * (low.variance + high.variance);
      const distance = apart / blurred;
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

type AgedStep = SeenStep;

function usualScatter(powerW: number): number {
  return (SCATTER_SHARE * powerW) ** 2 + SCATTER_FLOOR_W ** 2;
}

function modeOf(steps: AgedStep[]): Mode {
  let precision = 0;
  let sum = 0;
  let ups = 0;
  let downs = 0;
  for (const { powerW, variance, up, weight } of steps) {
    const own = weight / (variance + usualScatter(powerW));
    precision += own;
    sum += own * powerW;
    if (up) ups += weight;
    else downs += weight;
  }
  const powerW = sum / precision;
  let squares = SCATTER_WEIGHT * usualScatter(powerW);
  let weights = SCATTER_WEIGHT;
  for (const step of steps) {
    const trust = step.weight / (1 + step.variance / usualScatter(powerW));
    squares += trust * Math.max(0, (step.powerW - powerW) ** 2 - step.variance);
    weights += trust;
  }
  return { powerW, variance: 1 / precision, scatter: Math.max(1, squares / weights), ups, downs };
}

/** Learns the brightness curve once the full power is known well enough to compare with. */
function learnCurve(signature: Signature, model: EffectModel, outcomes: OptionOutcome[]): void {
  const partial = [model.fromTenths, model.toTenths].filter((tenths) => tenths > 0 && tenths < 10);
  const [tenths] = partial;
  if (tenths === undefined || partial.length > 1 || model.family !== SWITCHING) return;
  const best = outcomes.reduce((a, b) => (b.responsibility > a.responsibility ? b : a));
  const mode = signature.modes[best.option.mode];
  if (!mode || best.responsibility < 0.8 || mode.variance > (0.1 * mode.powerW) ** 2 || mode.powerW < 5)
    return;
  const other = (model.fromTenths === tenths ? model.toTenths : model.fromTenths) / 10;
  const sign = model.toTenths === tenths ? 1 : -1;
  const seen = other + (sign * best.mean) / mode.powerW;
  const seenVariance = best.variance / mode.powerW ** 2 + mode.variance / mode.powerW ** 2;
  const point = curveAt(signature, tenths);
  const gain = point.variance / (point.variance + seenVariance);
  signature.curve[tenths] = {
    share: Math.min(1.2, Math.max(0, point.share + gain * (seen - point.share))),
    variance: Math.max(1e-5, point.variance * (1 - gain)) * 1.02,
  };
}

/** Moves the odds that such events have an effect towards a group's verdict, a bounded step at a time. */
export function moveOdds(signature: Signature, active: number): void {
  const bounded = Math.min(1 - 1e-5, Math.max(1e-5, active));
  const target = Math.log(bounded / (1 - bounded));
  const step = Math.max(-3, Math.min(3, target - signature.logOdds));
  signature.logOdds = Math.max(MIN_LOG_ODDS, Math.min(MAX_LOG_ODDS, signature.logOdds + step));
}
