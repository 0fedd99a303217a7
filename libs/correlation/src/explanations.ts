import { DomainPrior } from './domain-priors';
import { EffectModel } from './effect-model';
import { priorOf } from './effect-prior';
import { effectProbability, EffectOption, Signature } from './signature';
import { Shift, Solution, solveSteps, StepProblem } from './step-solver';

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
  /** log of the prior probability of the choice and the timing. */
  logPrior: number;
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
const HOPELESS_LOG_RATIO = -5;
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
  private readonly tried: Explanation[] = [];
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
    const actives = members.map(() => 0);
    for (const { events, active } of this.families) for (const e of events) actives[e] = active;
    const start = effects.map((option, e) => {
      const active = actives[e] as number;
      return active * Math.exp(this.option(e, option).logWeight) > 1 - active ? option : NOTHING;
    });
    let best = this.evaluate(start, onTime, this.logPriorOf(start));
    let surprising = this.isSurprising(best);
    if (members.length > 1 && surprising) {
      // Several changes may have to be explained at once, which one change at a time would never find.
      const bold = effects.map((option, e) =>
        (actives[e] as number) > POSSIBLE_EFFECT ? option : (start[e] as number),
      );
      this.evaluate(bold, onTime, this.logPriorOf(bold));
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
    for (const explanation of this.tried) {
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
        if (this.tried.length >= MAX_EXPLANATIONS) return;
        const change = familyLogWeight(family, choice, this.options) - former;
        if (change > limit) this.evaluate(choice, from.timing, from.logPrior + change);
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
      for (let e = 0; e < this.members.length && this.tried.length < MAX_EXPLANATIONS; e++) {
        if (!differs[e] || from.choice[e] === NOTHING) continue;
        const former = from.timing[e] as number;
        const timing = former === shift + 1 ? 0 : shift + 1;
        const change = this.timingLogWeight(e, timing) - this.timingLogWeight(e, former);
        this.evaluate(from.choice, from.timing.with(e, timing), from.logPrior + change);
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

  private evaluate(choice: number[], timing: number[], logPrior: number): Explanation {
    const former = this.tried.find((one) => isSame(one.choice, choice) && isSame(one.timing, timing));
    if (former) return former;
    const solution = solveSteps(this.shifted(timing), priorOf(this.members, this.options, choice));
    const logWeight = logPrior + solution.logEvidence;
    const explanation = { choice, timing, logPrior, logWeight, weight: 0, solution };
    this.tried.push(explanation);
    if (!this.best || logWeight > this.best.logWeight) this.best = explanation;
    return explanation;
  }

  /** Log probability, before looking, of a choice whose events were all stamped in time. */
  private logPriorOf(choice: number[]): number {
    let sum = 0;
    for (const family of this.families) sum += familyLogWeight(family, choice, this.options);
    for (let e = 0; e < choice.length; e++) sum += this.timingLogWeight(e, 0);
    return sum;
  }

  private timingLogWeight(event: number, timing: number): number {
    const { lateProbability } = this.members[event] as GroupMember;
    if (timing === 0) return Math.log(1 - lateProbability - EARLY_PROBABILITY);
    return Math.log(this.shifts()[timing - 1]?.kind === 'late' ? lateProbability : EARLY_PROBABILITY);
  }

  private shifts(): Shift[] {
    return (this.knownShifts ??= this.problem.shifts());
  }

  private shifted(timing: number[]): StepProblem {
    const { problem } = this;
    if (isOnTime(timing)) return problem;
    const { eventCount: n, binCount } = problem;
    const { share, shareSd } = scratchShares(binCount * n);
    for (let e = 0; e < n; e++) {
      const source = timing[e] === 0 ? problem : (this.shifts()[(timing[e] as number) - 1] as Shift);
      for (let at = e; at < binCount * n; at += n) {
        share[at] = source.share[at] as number;
        shareSd[at] = source.shareSd[at] as number;
      }
    }
    return { ...problem, share, shareSd };
  }

  /** Whether the power steps without an event, or an event's effect is far from what its option expects. */
  private isSurprising(explanation: Explanation): boolean {
    const { eventCount: n, binCount, levelW, levelVariance, driftVariance, share } = this.problem;
    const { solution, choice, timing } = explanation;
    if (!isOnTime(timing)) return true;
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

function isSame(a: number[], b: number[]): boolean {
  for (let e = 0; e < a.length; e++) if (a[e] !== b[e]) return false;
  return true;
}

function isOnTime(timing: number[]): boolean {
  for (let e = 0; e < timing.length; e++) if (timing[e] !== 0) return false;
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
let scratch = { share: new Float64Array(0), shareSd: new Float64Array(0) };

function scratchShares(length: number): typeof scratch {
  if (scratch.share.length < length)
    scratch = { share: new Float64Array(2 * length), shareSd: new Float64Array(2 * length) };
  return scratch;
}
