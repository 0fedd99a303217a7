import { DomainPrior } from './domain-priors';
import { EffectModel, SWITCHING } from './effect-model';

/** One power that a device is known to switch by; many devices have two or three (a dishwasher, a TV, a kettle). */
export interface Mode {
  /** Mean power at full brightness or speed, W, and the variance of that mean. */
  powerW: number;
  variance: number;
  /** Scatter from use to use: weighted sum of squares and weight. */
  scatterSumW2: number;
  scatterWeight: number;
  /** How many steps up and down have been of this power (they fade slowly). */
  ups: number;
  downs: number;
}

/** What has been learned of one family of an entity's events. Plain JSON. */
export interface Signature {
  modes: Mode[];
  /** log of P(such events have an effect at all) / P(they never have). */
  logOdds: number;
  /** Events of an effective entity that changed nothing. */
  nulls: number;
  /** Tenth of brightness or speed -> share of full power, where learned. */
  curve: Record<string, { share: number; variance: number }>;
  /** Which modes the last step up was, by responsibility: the step down will likely be the same. */
  lastUse: number[] | null;
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
const MAX_MODES = 4;
const MAX_LOG_ODDS = 7;
const FADE = 0.99;
const CURVE_SD = 0.15;

export function createSignature(family: string, prior: DomainPrior): Signature {
  const probability = family === SWITCHING ? prior.effectProbability : 0.06;
  return {
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
    modes: signature.modes.map((mode) => ({ ...mode })),
    curve: Object.fromEntries(Object.entries(signature.curve).map(([tenth, point]) => [tenth, { ...point }])),
    lastUse: signature.lastUse ? [...signature.lastUse] : null,
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

function scatterOf(mode: Mode): number {
  const usual = (SCATTER_SHARE * mode.powerW) ** 2 + SCATTER_FLOOR_W ** 2;
  return Math.max(1, (SCATTER_WEIGHT * usual + mode.scatterSumW2) / (SCATTER_WEIGHT + mode.scatterWeight));
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
  const active = effectProbability(signature);
  const weights = counts.map((count) => (active * count) / total);
  if (model.direction < 0 && signature.lastUse) {
    const mirror = signature.mirrored / (signature.mirrored + signature.notMirrored);
    const known = weights.reduce((sum, weight) => sum + weight, 0);
    signature.lastUse.forEach((responsibility, k) => {
      const own = weights[k];
      if (own !== undefined) weights[k] = (1 - mirror) * own + mirror * known * responsibility;
    });
  }
  const options: EffectOption[] = [
    {
      mode: NO_MODE,
      logWeight: Math.log(1 - active + (active * nulls) / total),
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
  signature.modes.forEach((mode, k) => add(k, weights[k] ?? 0, mode.powerW, mode.variance, scatterOf(mode)));
  const newness = (active * NEWNESS) / total;
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

/** Moves the signature towards what one solved event says. */
export function learn(signature: Signature, model: EffectModel, outcomes: OptionOutcome[]): void {
  const known = signature.modes.length;
  const responsibilities = new Array<number>(known).fill(0);
  let nothing = 0;
  let fresh = 0;
  let freshMean = 0;
  let freshSquare = 0;
  for (const outcome of outcomes) {
    const { option, responsibility } = outcome;
    if (option.mode === NO_MODE) nothing += responsibility;
    else if (option.mode < known) {
      responsibilities[option.mode] = (responsibilities[option.mode] ?? 0) + responsibility;
      updateMode(signature.modes[option.mode] as Mode, outcome);
    } else {
      fresh += responsibility;
      freshMean += responsibility * outcome.mean;
      freshSquare += responsibility * (outcome.variance + outcome.mean ** 2);
    }
  }
  for (const mode of signature.modes) {
    mode.ups *= FADE;
    mode.downs *= FADE;
  }
  signature.modes.forEach((mode, k) => {
    if (model.direction < 0) mode.downs += responsibilities[k] ?? 0;
    else mode.ups += responsibilities[k] ?? 0;
  });
  const activeBefore = effectProbability(signature);
  const nullWeight = outcomes.find(({ option }) => option.mode === NO_MODE)?.option.logWeight ?? 0;
  const activeNull = 1 - Math.min(1, (1 - activeBefore) / Math.exp(nullWeight));
  signature.nulls = signature.nulls * FADE + nothing * activeNull;
  moveOdds(signature, 1 - nothing + nothing * activeNull);
  const mean = freshMean / fresh;
  // Switching on adds power: a step the other way is not this entity's.
  const plausible = model.family !== SWITCHING || mean * model.direction > 3;
  if (fresh > 0.5 && plausible) {
    addMode(
      signature,
      model,
      fresh,
      mean,
      Math.max(1, freshSquare / fresh - mean * mean),
      outcomes,
      responsibilities,
    );
  }
  if (model.family === SWITCHING) learnUse(signature, model, responsibilities);
  learnCurve(signature, model, outcomes);
  mergeModes(signature);
  signature.count++;
}

function updateMode(mode: Mode, outcome: OptionOutcome): void {
  const { option, responsibility, mean, variance } = outcome;
  const { coefficient, scatter, modeVariance } = option;
  if (responsibility < 0.01 || Math.abs(coefficient) < 0.02) return;
  const priorVariance = modeVariance + scatter;
  // What this event adds beyond what the mode already said.
  const precision = 1 / variance - 1 / priorVariance;
  if (!(precision > 1e-6 / priorVariance)) return;
  const evidenceVariance = 1 / precision;
  const evidence = evidenceVariance * (mean / variance - option.mean / priorVariance);
  const effect = coefficient * mode.powerW;
  const spread = coefficient * coefficient * mode.variance;
  const total = spread + scatter + evidenceVariance;
  const innovation = evidence - effect;
  const gain = (responsibility * mode.variance * coefficient) / total;
  mode.powerW += gain * innovation;
  mode.variance = Math.max(0.05, mode.variance * (1 - (responsibility * spread) / total)) * 1.01 + 0.1;
  const eta = (scatter / total) * innovation;
  const etaVariance = scatter * (1 - scatter / total);
  const square = Math.min((eta * eta + etaVariance) / (coefficient * coefficient), 12 * scatterOf(mode));
  mode.scatterSumW2 = (mode.scatterSumW2 + responsibility * square) * FADE;
  mode.scatterWeight = (mode.scatterWeight + responsibility) * FADE;
}

function addMode(
  signature: Signature,
  model: EffectModel,
  weight: number,
  effectW: number,
  variance: number,
  outcomes: OptionOutcome[],
  responsibilities: number[],
): void {
  const coefficient = outcomes.find(({ option }) => option.mode !== NO_MODE)?.option.coefficient ?? 1;
  if (Math.abs(coefficient) < 0.05) return;
  if (signature.modes.length >= MAX_MODES) {
    const rarest = signature.modes.reduce((a, b) => (b.ups + b.downs < a.ups + a.downs ? b : a));
    const index = signature.modes.indexOf(rarest);
    signature.modes.splice(index, 1);
    signature.lastUse?.splice(index, 1);
    responsibilities.splice(index, 1);
  }
  responsibilities.push(weight);
  signature.modes.push({
    powerW: effectW / coefficient,
    variance: variance / (coefficient * coefficient),
    scatterSumW2: 0,
    scatterWeight: 0,
    ups: model.direction < 0 ? 0 : weight,
    downs: model.direction < 0 ? weight : 0,
  });
}

function learnUse(signature: Signature, model: EffectModel, responsibilities: number[]): void {
  const { lastUse } = signature;
  if (model.direction < 0 && lastUse && signature.modes.length > 1) {
    const same = lastUse.reduce((sum, r, k) => sum + r * (responsibilities[k] ?? 0), 0);
    const sure = lastUse.reduce((sum, r) => sum + r, 0) * responsibilities.reduce((sum, r) => sum + r, 0);
    signature.mirrored = Math.min(50, signature.mirrored + same);
    signature.notMirrored = Math.min(50, signature.notMirrored + Math.max(0, sure - same));
  }
  signature.lastUse = model.direction > 0 ? responsibilities : null;
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

/** Two modes that cannot be told apart are one. */
function mergeModes(signature: Signature): void {
  const { modes } = signature;
  for (let i = 0; i < modes.length; i++) {
    for (let j = modes.length - 1; j > i; j--) {
      const a = modes[i] as Mode;
      const b = modes[j] as Mode;
      const apart = (a.powerW - b.powerW) ** 2;
      if (apart > 1.5 * (a.variance + b.variance) + scatterOf(a) + scatterOf(b)) continue;
      const weightA = a.ups + a.downs + 1e-6;
      const weightB = b.ups + b.downs + 1e-6;
      const share = weightA / (weightA + weightB);
      modes[i] = {
        powerW: share * a.powerW + (1 - share) * b.powerW,
        variance: Math.min(a.variance, b.variance) + share * (1 - share) * apart * 0.5,
        scatterSumW2: a.scatterSumW2 + b.scatterSumW2 + share * (1 - share) * apart,
        scatterWeight: a.scatterWeight + b.scatterWeight + 2 * share * (1 - share),
        ups: a.ups + b.ups,
        downs: a.downs + b.downs,
      };
      modes.splice(j, 1);
      if (signature.lastUse) {
        signature.lastUse[i] = (signature.lastUse[i] ?? 0) + (signature.lastUse[j] ?? 0);
        signature.lastUse.splice(j, 1);
      }
    }
  }
}

function moveOdds(signature: Signature, active: number): void {
  const bounded = Math.min(1 - 1e-5, Math.max(1e-5, active));
  const target = Math.log(bounded / (1 - bounded));
  const step = Math.max(-3, Math.min(3, target - signature.logOdds));
  signature.logOdds = Math.max(-MAX_LOG_ODDS, Math.min(MAX_LOG_ODDS, signature.logOdds + step));
}
