import { DomainPrior } from './domain-priors';
import { EffectModel, SWITCHING } from './effect-model';
import { closenessTo, Mode, modesOf, SeenStep } from './modes';

/** What has been learned of one family of an entity's events. Plain JSON. */
export interface Signature {
  /** The latest steps, oldest first, and the modes that they form; replaced, never changed in place. */
  steps: readonly SeenStep[];
  modes: readonly Mode[];
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
const NEW_MODE_SCATTER_SHARE = 0.1;
/** Weight of the possibility that the next step is of a power not seen yet, in events. */
const NEWNESS = 0.7;
const NULL_SHARE = 0.08;
const SURE = 0.9;
const MAX_STEPS = 28;
/** With many steps known, one more changes little: the modes are formed anew only now and then. */
const REGROUP_ALWAYS = 12;
const REGROUP_EVERY = 3;
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
  return { ...signature, curve: { ...signature.curve } };
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
  const weights: number[] = [];
  let uses = 0;
  for (const { ups, downs } of signature.modes) {
    const count = model.direction < 0 ? downs + 0.3 * ups : ups + 0.3 * downs;
    weights.push(count);
    uses += count;
  }
  const nulls = signature.nulls + NULL_SHARE;
  const total = uses + nulls + NEWNESS;
  for (let k = 0; k < weights.length; k++) weights[k] = (weights[k] as number) / total;
  if (model.direction < 0 && signature.lastUse && weights.length > 0) {
    const mirror = signature.mirrored / (signature.mirrored + signature.notMirrored);
    const closeness = closenessTo(signature.modes, signature.lastUse);
    for (let k = 0; k < weights.length; k++) {
      const mirrored = (uses / total) * (closeness[k] as number);
      weights[k] = (1 - mirror) * (weights[k] as number) + mirror * mirrored;
    }
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
    signature.steps = [...signature.steps.slice(1 - MAX_STEPS), step];
    if (model.family === SWITCHING) learnUse(signature, model, step);
    const isDue = signature.steps.length <= REGROUP_ALWAYS || signature.count % REGROUP_EVERY === 0;
    if (isDue) signature.modes = modesOf(signature.steps);
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
