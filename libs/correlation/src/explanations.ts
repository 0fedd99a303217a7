import { DomainPrior } from './domain-priors';
import { EffectModel } from './effect-model';
import { invert } from './linear-algebra';
import { effectProbability, EffectOption, NO_MODE, Signature } from './signature';
import { EffectPrior, Shift, Solution, solveSteps, StepProblem } from './step-solver';

/** One event of a group and the signature that it draws on (events of one entity and family share theirs). */
export interface GroupMember {
  model: EffectModel;
  signature: Signature;
  prior: DomainPrior;
  /** Probability that the event was stamped long after the power changed. */
  lateProbability: number;
  /** False for events that only explain part of the power and are answered elsewhere. */
  learns: boolean;
}

/** Events of a group that draw on one signature: either such events have an effect at all, or none of them has. */
export interface Family {
  signature: Signature;
  events: number[];
  /** Probability, before looking, that such events have an effect at all. */
  active: number;
}

/** One explanation of the group: an option for each member and how far off its stamp is. */
export interface Explanation {
  choice: number[];
  /** 0 = stamped when the power changed, else the index of the problem's shift plus one. */
  timing: number[];
  /** log of prior times evidence. */
  logWeight: number;
  /** Share among all explanations considered. */
  weight: number;
  solution: Solution;
}

/** Index of the option "no effect" of every event. */
export const NOTHING = 0;

const MAX_EXPLANATIONS = 64;
const MAX_SWEEPS = 3;
/** Explanations this much less likely beforehand are tried only when the power is surprising. */
const PLAIN_LOG_RATIO = Math.log(0.02);
const THOROUGH_LOG_RATIO = Math.log(4e-3);
/** Options that come out this much less likely by a rough reckoning are not solved. */
const HOPELESS_LOG_RATIO = -6;
const NEGLIGIBLE_WEIGHT = 5e-4;
const POSSIBLE_EFFECT = 0.03;
const SURPRISE_W = 10;
/** How often an event is stamped well before the power changes. */
const EARLY_PROBABILITY = 0.02;

export function familiesOf(members: GroupMember[]): Family[] {
  const families: Family[] = [];
  members.forEach(({ signature }, e) => {
    const family = families.find((one) => one.signature === signature);
    if (family) family.events.push(e);
    else families.push({ signature, events: [e], active: effectProbability(signature) });
  });
  return families;
}

/**
 * The explanations that matter, with weights that add up to 1: the search starts from the likeliest beforehand
 * and changes one event (or all events of one entity) at a time.
 */
export function explain(
  members: GroupMember[],
  options: EffectOption[][],
  families: Family[],
  problem: StepProblem,
): Explanation[] {
  const search = new Search(members, options, families, problem);
  search.run();
  return search.weighted();
}

class Search {
  private readonly tried = new Map<string, Explanation>();
  private best: Explanation | null = null;
  private knownShifts: Shift[] | null = null;

  constructor(
    private readonly members: GroupMember[],
    private readonly options: EffectOption[][],
    private readonly families: Family[],
    private readonly problem: StepProblem,
  ) {}

  run(): void {
    const { members, options } = this;
    const onTime = members.map(() => 0);
    const effects = options.map(likeliestEffect);
    const start = effects.map((option, e) => {
      const active = effectProbability((members[e] as GroupMember).signature);
      return active * Math.exp(this.option(e, option).logWeight) > 1 - active ? option : NOTHING;
    });
    let best = this.evaluate(start, onTime);
    let surprising = this.isSurprising(best);
    if (members.length > 1 && surprising) {
      // Several changes may have to be explained at once, which one change at a time would never find.
      const bold = effects.map((option, e) => {
        const possible = effectProbability((members[e] as GroupMember).signature) > POSSIBLE_EFFECT;
        return possible ? option : (start[e] as number);
      });
      this.evaluate(bold, onTime);
    }
    for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
      const from = this.best ?? best;
      if (from !== best) surprising = this.isSurprising(from);
      best = from;
      this.sweep(from, surprising);
      if (this.best === from) break;
    }
  }

  weighted(): Explanation[] {
    const top = this.best?.logWeight ?? 0;
    const kept: Explanation[] = [];
    let total = 0;
    for (const explanation of this.tried.values()) {
      explanation.weight = Math.exp(explanation.logWeight - top);
      if (explanation.weight < NEGLIGIBLE_WEIGHT) continue;
      kept.push(explanation);
      total += explanation.weight;
    }
    for (const explanation of kept) explanation.weight /= total;
    return kept;
  }

  private sweep(from: Explanation, thorough: boolean): void {
    const limit = thorough ? THOROUGH_LOG_RATIO : PLAIN_LOG_RATIO;
    for (const family of this.families) {
      const { events } = family;
      const former = familyLogWeight(family, from.choice, this.options);
      const consider = (choice: number[]): void => {
        if (this.tried.size >= MAX_EXPLANATIONS) return;
        const change = familyLogWeight(family, choice, this.options) - former;
        if (change > limit) this.evaluate(choice, from.timing);
      };
      const count = this.options[events[0] as number]?.length ?? 0;
      for (let o = 0; o < count; o++) {
        for (const e of events) {
          if (from.choice[e] === o || this.isHopeless(from, e, o)) continue;
          if (events.length === 1 && loneLogWeight(family, this.option(e, o), o) - former < limit) continue;
          consider(from.choice.with(e, o));
        }
        if (events.length > 1) consider(from.choice.map((option, e) => (events.includes(e) ? o : option)));
      }
    }
    if (!thorough) return;
    this.shifts().forEach(({ differs }, shift) => {
      for (let e = 0; e < this.members.length && this.tried.size < MAX_EXPLANATIONS; e++) {
        if (!differs[e] || from.choice[e] === NOTHING) continue;
        this.evaluate(from.choice, from.timing.with(e, from.timing[e] === shift + 1 ? 0 : shift + 1));
      }
    });
  }

  /**
   * Whether the samples, as an explanation reads them, speak so clearly against another option for an
   * event that solving it would be a waste.
   */
  private isHopeless({ solution, choice }: Explanation, event: number, option: number): boolean {
    const current = this.option(event, choice[event] as number);
    const other = this.option(event, option);
    const priorVariance = current.modeVariance + current.scatter;
    const variance = solution.variance[event] as number;
    const precision = 1 / variance - 1 / priorVariance;
    if (!(precision > 1e-3 / priorVariance)) return false;
    const evidence = ((solution.mean[event] as number) / variance - current.mean / priorVariance) / precision;
    const noise = 1 / precision;
    const otherSpread = other.modeVariance + other.scatter + noise;
    const spread = priorVariance + noise;
    const misfit = (evidence - other.mean) ** 2 / otherSpread + Math.log(otherSpread);
    const currentMisfit = (evidence - current.mean) ** 2 / spread + Math.log(spread);
    return other.logWeight - current.logWeight - 0.5 * (misfit - currentMisfit) < HOPELESS_LOG_RATIO;
  }

  private option(event: number, index: number): EffectOption {
    return this.options[event]?.[index] as EffectOption;
  }

  private evaluate(choice: number[], timing: number[]): Explanation {
    const { members, options, families } = this;
    let key = '';
    for (let e = 0; e < choice.length; e++) {
      key += String.fromCharCode(48 + (choice[e] as number) * 3 + (timing[e] as number));
    }
    const former = this.tried.get(key);
    if (former) return former;
    let logWeight = 0;
    for (const family of families) logWeight += familyLogWeight(family, choice, options);
    for (let e = 0; e < choice.length; e++) {
      const { lateProbability } = members[e] as GroupMember;
      const shift = timing[e] === 0 ? undefined : this.shifts()[(timing[e] as number) - 1];
      if (!shift) logWeight += Math.log(1 - lateProbability - EARLY_PROBABILITY);
      else logWeight += Math.log(shift.kind === 'late' ? lateProbability : EARLY_PROBABILITY);
    }
    const chosen = choice.map((option, e) => this.option(e, option));
    const solution = solveSteps(this.shifted(timing), priorOf(members, chosen));
    const explanation = { choice, timing, logWeight: logWeight + solution.logEvidence, weight: 0, solution };
    this.tried.set(key, explanation);
    if (!this.best || explanation.logWeight > this.best.logWeight) this.best = explanation;
    return explanation;
  }

  private shifts(): Shift[] {
    return (this.knownShifts ??= this.problem.shifts());
  }

  private shifted(timing: number[]): StepProblem {
    const { problem } = this;
    if (timing.every((shift) => shift === 0)) return problem;
    const { eventCount: n, binCount } = problem;
    const share = problem.share.slice(0, binCount * n);
    const shareSd = problem.shareSd.slice(0, binCount * n);
    timing.forEach((shift, e) => {
      const other = this.shifts()[shift - 1];
      if (!other) return;
      for (let k = 0; k < binCount; k++) {
        share[k * n + e] = other.share[k * n + e] as number;
        shareSd[k * n + e] = other.shareSd[k * n + e] as number;
      }
    });
    return { ...problem, share, shareSd };
  }

  /** Whether the power steps without an event, or an event's effect is far from what its option expects. */
  private isSurprising(explanation: Explanation): boolean {
    const { eventCount: n, binCount, levelW, levelVariance, driftVariance, share } = this.problem;
    const { solution, choice, timing } = explanation;
    if (timing.some((shift) => shift > 0)) return true;
    for (let e = 0; e < n; e++) {
      const option = this.option(e, choice[e] as number);
      const off = (solution.mean[e] as number) - option.mean;
      if (off * off > 5 * (option.modeVariance + option.scatter)) return true;
    }
    let previous = 0;
    for (let k = 0; k < binCount; k++) {
      let background = levelW[k] as number;
      for (let e = 0; e < n; e++) background -= (share[k * n + e] as number) * (solution.mean[e] as number);
      if (k > 0) {
        const variance = (driftVariance[k - 1] as number) + (levelVariance[k] as number);
        if ((background - previous) ** 2 > Math.max(SURPRISE_W ** 2, 9 * variance)) return true;
      }
      previous = background;
    }
    return false;
  }
}

/** Whether a choice says that none of these events had an effect. */
export function isNothing(events: number[], choice: number[]): boolean {
  for (const e of events) if (choice[e] !== NOTHING) return false;
  return true;
}

/** Log probability of what a choice says about one family. */
function familyLogWeight({ events, active }: Family, choice: number[], options: EffectOption[][]): number {
  let logWeight = 0;
  for (const e of events) logWeight += options[e]?.[choice[e] as number]?.logWeight ?? 0;
  if (!isNothing(events, choice)) return Math.log(active) + logWeight;
  return Math.log(1 - active + active * Math.exp(logWeight));
}

/** The same for a family of one event. */
function loneLogWeight({ active }: Family, { logWeight }: EffectOption, index: number): number {
  return index === NOTHING
    ? Math.log(1 - active + active * Math.exp(logWeight))
    : Math.log(active) + logWeight;
}

/** Index of the likeliest option with an effect. */
function likeliestEffect(own: EffectOption[]): number {
  let best = NOTHING + 1;
  for (let i = best + 1; i < own.length; i++) {
    if ((own[i] as EffectOption).logWeight > (own[best] as EffectOption).logWeight) best = i;
  }
  return best;
}

/** Reused from call to call, as the solver's own scratch is. */
const scratchPrior = { mean: new Float64Array(0), precision: new Float64Array(0), logDeterminant: 0 };

/** Events that draw on the same mode share its uncertainty; all else is independent. */
function priorOf(members: GroupMember[], chosen: EffectOption[]): EffectPrior {
  const n = members.length;
  if (scratchPrior.mean.length < n) {
    scratchPrior.mean = new Float64Array(n);
    scratchPrior.precision = new Float64Array(n * n);
  }
  const { mean, precision } = scratchPrior;
  precision.fill(0, 0, n * n);
  let logDeterminant = 0;
  let done = 0;
  for (let e = 0; e < n; e++) {
    const option = chosen[e] as EffectOption;
    mean[e] = option.mean;
    if ((done >> e) & 1) continue;
    const same = [e];
    for (let g = e + 1; g < n && option.mode !== NO_MODE; g++) {
      const shares = members[g]?.signature === members[e]?.signature && chosen[g]?.mode === option.mode;
      if (!shares) continue;
      same.push(g);
      done |= 1 << g;
    }
    if (same.length === 1) {
      const own = 1 / (option.modeVariance + option.scatter);
      precision[e * n + e] = own;
      logDeterminant += Math.log(own);
    } else logDeterminant += fillShared(precision, n, same, chosen);
  }
  scratchPrior.logDeterminant = logDeterminant;
  return scratchPrior;
}

function fillShared(precision: Float64Array, n: number, same: number[], chosen: EffectOption[]): number {
  const m = same.length;
  const covariance = new Float64Array(m * m);
  same.forEach((g, i) => {
    const a = chosen[g] as EffectOption;
    same.forEach((h, j) => {
      const b = chosen[h] as EffectOption;
      const sign = Math.sign(a.coefficient * b.coefficient);
      covariance[i * m + j] = sign * Math.sqrt(a.modeVariance * b.modeVariance) + (i === j ? a.scatter : 0);
    });
  });
  const { inverse, logDeterminant } = invert(covariance, m);
  same.forEach((g, i) => same.forEach((h, j) => (precision[g * n + h] = inverse[i * m + j] as number)));
  return -logDeterminant;
}
