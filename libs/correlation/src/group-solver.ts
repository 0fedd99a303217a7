import { DomainPrior } from './domain-priors';
import { EffectModel } from './effect-model';
import { invert } from './linear-algebra';
import { betweenProbability } from './normal';
import { effectProbability, EffectOption, learn, moveOdds, NO_MODE, optionsOf, Signature } from './signature';
import { EffectPrior, Solution, solveSteps, StepProblem } from './step-solver';

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

export interface MemberEstimate {
  /** Likeliest change of power, given that there is one, W, and its standard deviation over all explanations. */
  deltaW: number;
  sdW: number;
  /** Probability that the event changed the power by at least the threshold, in its own direction. */
  probability: number;
  /** Probability that the true change is within tolerance of deltaW, before calibration. */
  withinTolerance: number;
  /** Expected change before looking at the power, and its standard deviation; null when nothing is known. */
  expectedW: number | null;
  expectedSdW: number | null;
  /** Probability that this kind of event has any effect, after this group. */
  effectProbability: number;
  /** Effect averaged over every explanation, none included, W. */
  meanEffectW: number;
}

/** One explanation of the group: an option for each member and whether it was stamped late. */
interface Explanation {
  choice: number[];
  late: boolean[];
  logWeight: number;
  weight: number;
  solution: Solution;
}

const MAX_EXPLANATIONS = 64;
const MAX_SWEEPS = 4;
/** Options this much less likely than the best are tried only when the power is surprising. */
const PLAIN_LOG_RATIO = Math.log(0.02);
const THOROUGH_LOG_RATIO = Math.log(1e-4);
const SURPRISE_W = 10;
const NO_SOLUTION: Solution = { mean: new Float64Array(0), covariance: new Float64Array(0), logEvidence: 0 };

/** The reported change counts as right within this of the truth. */
export function toleranceW(deltaW: number): number {
  return Math.max(10, 0.2 * Math.abs(deltaW));
}

/** Solves one group, updates the signatures of its members, and returns an estimate for each. */
export function solveGroup(members: GroupMember[], problem: StepProblem, thresholdW: number): MemberEstimate[] {
  const options = members.map(({ signature, model, prior }) => optionsOf(signature, model, prior));
  const families = familiesOf(members);
  const explanations = explain(members, options, families, problem);
  const estimates = members.map((member, e) =>
    estimate(member, options[e] as EffectOption[], e, explanations, members.length, thresholdW),
  );
  for (const { signature, events } of families) {
    const learning = events.filter((e) => members[e]?.learns);
    if (learning.length === 0) continue;
    const nothing = (explanation: Explanation): boolean => isNothing(events, explanation.choice, options);
    const nothingWeight = explanations.reduce((sum, x) => sum + (nothing(x) ? x.weight : 0), 0);
    const activeNothing = activeGivenNothing(signature, events, options);
    for (const e of learning) {
      const own = options[e] as EffectOption[];
      const outcomes = outcomesOf(own, e, explanations, members.length);
      const stillActive = 1 - nothingWeight + nothingWeight * activeNothing;
      learn(signature, (members[e] as GroupMember).model, outcomes, stillActive);
    }
    moveOdds(signature, 1 - nothingWeight + nothingWeight * activeNothing);
    for (const e of learning) (estimates[e] as MemberEstimate).effectProbability = effectProbability(signature);
  }
  return estimates;
}

/** Events of a group that draw on one signature: either such events have an effect at all, or none of them has. */
interface Family {
  signature: Signature;
  events: number[];
}

function familiesOf(members: GroupMember[]): Family[] {
  const families = new Map<Signature, Family>();
  members.forEach(({ signature }, e) => {
    const family = families.get(signature);
    if (family) family.events.push(e);
    else families.set(signature, { signature, events: [e] });
  });
  return [...families.values()];
}

function isNothing(events: number[], choice: number[], options: EffectOption[][]): boolean {
  return events.every((e) => options[e]?.[choice[e] as number]?.mode === NO_MODE);
}

/** Probability that such events have an effect, given that these ones had none. */
function activeGivenNothing(signature: Signature, events: number[], options: EffectOption[][]): number {
  const active = effectProbability(signature);
  const allNull = active * events.reduce((product, e) => product * Math.exp(options[e]?.[0]?.logWeight ?? 0), 1);
  return allNull / (allNull + 1 - active);
}

/** Searches the explanations that matter: from the likeliest beforehand, one change at a time. */
function explain(
  members: GroupMember[],
  options: EffectOption[][],
  families: Family[],
  problem: StepProblem,
): Explanation[] {
  const n = members.length;
  const tried = new Map<string, Explanation>();
  const evaluate = (choice: number[], late: boolean[]): Explanation => {
    const key = choice.join() + late.map((value) => (value ? 'L' : '.')).join('');
    const former = tried.get(key);
    if (former) return former;
    let logWeight = 0;
    for (const { signature, events } of families) logWeight += familyLogWeight(signature, events, choice, options);
    for (let e = 0; e < n; e++) {
      const probability = (members[e] as GroupMember).lateProbability;
      logWeight += Math.log(late[e] ? probability : 1 - probability);
    }
    const chosen = choice.map((option, e) => options[e]?.[option] as EffectOption);
    const solution = solveSteps(withLate(problem, late), priorOf(members, chosen));
    const explanation = { choice, late, logWeight: logWeight + solution.logEvidence, weight: 0, solution };
    tried.set(key, explanation);
    if (explanation.logWeight > best.logWeight) best = explanation;
    return explanation;
  };
  const onTime = members.map(() => false);
  const activeChoice = options.map((own) => likeliestEffect(own));
  const likeliest = activeChoice.map((option, e) => {
    const { signature } = members[e] as GroupMember;
    const own = options[e] as EffectOption[];
    const effect = effectProbability(signature) * Math.exp((own[option] as EffectOption).logWeight);
    return effect > 1 - effectProbability(signature) ? option : 0;
  });
  let best: Explanation = { choice: [], late: [], logWeight: -Infinity, weight: 0, solution: NO_SOLUTION };
  evaluate(likeliest, onTime);
  if (n > 1 && isSurprising(problem, best, options)) {
    // Several changes may have to be explained at once, which one change at a time would never find.
    const possible = (e: number): boolean => effectProbability((members[e] as GroupMember).signature) > 0.03;
    evaluate(activeChoice.map((option, e) => (possible(e) ? option : (likeliest[e] as number))), onTime);
  }
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    const from = best;
    const thorough = isSurprising(problem, best, options);
    const limit = thorough ? THOROUGH_LOG_RATIO : PLAIN_LOG_RATIO;
    const consider = (choice: number[]): void => {
      let change = 0;
      for (const { signature, events } of families) {
        change += familyLogWeight(signature, events, choice, options);
        change -= familyLogWeight(signature, events, from.choice, options);
      }
      if (change > limit) evaluate(choice, from.late);
    };
    for (const { events } of families) {
      const count = options[events[0] as number]?.length ?? 0;
      for (let o = 0; o < count && tried.size < MAX_EXPLANATIONS; o++) {
        for (const e of events) if (from.choice[e] !== o) consider(from.choice.with(e, o));
        if (events.length < 2) continue;
        const together = [...from.choice];
        for (const e of events) together[e] = o;
        consider(together);
      }
    }
    if (thorough) {
      for (let e = 0; e < n && tried.size < MAX_EXPLANATIONS; e++) {
        if (problem.canBeLate[e] !== 1 || from.choice[e] === 0) continue;
        evaluate(from.choice, from.late.with(e, !from.late[e]));
      }
    }
    if (best === from) break;
  }
  const explanations = [...tried.values()];
  let total = 0;
  for (const explanation of explanations) {
    explanation.weight = Math.exp(explanation.logWeight - best.logWeight);
    total += explanation.weight;
  }
  for (const explanation of explanations) explanation.weight /= total;
  return explanations;
}

/** Log probability of what a choice says about one family. */
function familyLogWeight(
  signature: Signature,
  events: number[],
  choice: number[],
  options: EffectOption[][],
): number {
  const active = effectProbability(signature);
  let logWeight = 0;
  for (const e of events) logWeight += options[e]?.[choice[e] as number]?.logWeight ?? 0;
  if (!isNothing(events, choice, options)) return Math.log(active) + logWeight;
  return Math.log(1 - active + active * Math.exp(logWeight));
}

/** Index of the likeliest option with an effect. */
function likeliestEffect(own: EffectOption[]): number {
  let best = 1;
  own.forEach(({ mode, logWeight }, i) => {
    if (mode !== NO_MODE && logWeight > (own[best] as EffectOption).logWeight) best = i;
  });
  return best;
}

function withLate(problem: StepProblem, late: boolean[]): StepProblem {
  if (!late.includes(true)) return problem;
  const { eventCount: n, binCount } = problem;
  const share = problem.share.slice();
  const shareSd = problem.shareSd.slice();
  late.forEach((isLate, e) => {
    if (!isLate) return;
    for (let k = 0; k < binCount; k++) {
      share[k * n + e] = problem.lateShare[k * n + e] as number;
      shareSd[k * n + e] = problem.lateShareSd[k * n + e] as number;
    }
  });
  return { ...problem, share, shareSd };
}

/** Events that draw on the same mode share its uncertainty; all else is independent. */
function priorOf(members: GroupMember[], chosen: EffectOption[]): EffectPrior {
  const n = members.length;
  const mean = Float64Array.from(chosen, (option) => option.mean);
  const precision = new Float64Array(n * n);
  let logDeterminant = 0;
  const done = new Array<boolean>(n).fill(false);
  for (let e = 0; e < n; e++) {
    if (done[e]) continue;
    const option = chosen[e] as EffectOption;
    const same: number[] = [];
    for (let g = e; g < n; g++) {
      const shares = members[g]?.signature === members[e]?.signature && chosen[g]?.mode === option.mode;
      if (g === e || (shares && option.mode !== NO_MODE)) same.push(g);
    }
    for (const g of same) done[g] = true;
    if (same.length === 1) {
      const own = 1 / (option.modeVariance + option.scatter);
      precision[e * n + e] = own;
      logDeterminant += Math.log(own);
      continue;
    }
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
    const inverted = invert(covariance, m);
    logDeterminant -= inverted.logDeterminant;
    same.forEach((g, i) =>
      same.forEach((h, j) => (precision[g * n + h] = inverted.inverse[i * m + j] as number)),
    );
  }
  return { mean, precision, logDeterminant };
}

/** Whether the power steps without an event, or an event's effect is far from what its option expects. */
function isSurprising(problem: StepProblem, explanation: Explanation, options: EffectOption[][]): boolean {
  const { eventCount: n, binCount } = problem;
  const { solution, choice, late } = explanation;
  if (late.includes(true)) return true;
  for (let e = 0; e < n; e++) {
    const option = options[e]?.[choice[e] as number] as EffectOption;
    const off = (solution.mean[e] as number) - option.mean;
    if (off * off > 5 * (option.modeVariance + option.scatter)) return true;
  }
  let previous: number | null = null;
  for (let k = 0; k < binCount; k++) {
    let background = problem.levelW[k] as number;
    for (let e = 0; e < n; e++) {
      background -= (problem.share[k * n + e] as number) * (solution.mean[e] as number);
    }
    if (previous !== null) {
      const variance = (problem.driftVariance[k - 1] as number) + (problem.levelVariance[k] as number);
      if ((background - previous) ** 2 > Math.max(SURPRISE_W ** 2, 9 * variance)) return true;
    }
    previous = background;
  }
  return false;
}

function outcomesOf(options: EffectOption[], event: number, explanations: Explanation[], n: number) {
  return options.flatMap((option, o) => {
    let responsibility = 0;
    let mean = 0;
    let square = 0;
    for (const { choice, weight, solution } of explanations) {
      if (choice[event] !== o) continue;
      const m = solution.mean[event] as number;
      responsibility += weight;
      mean += weight * m;
      square += weight * (m * m + (solution.covariance[event * n + event] as number));
    }
    if (responsibility < 1e-6 && option.mode !== NO_MODE) return [];
    const share = Math.max(responsibility, 1e-12);
    mean /= share;
    return [{ option, responsibility, mean, variance: Math.max(0.05, square / share - mean * mean) }];
  });
}

function estimate(
  member: GroupMember,
  options: EffectOption[],
  event: number,
  explanations: Explanation[],
  n: number,
  thresholdW: number,
): MemberEstimate {
  const { direction } = member.model;
  const own = event * n + event;
  const effective = explanations.filter(({ choice }) => options[choice[event] as number]?.mode !== NO_MODE);
  const candidates = effective.length > 0 ? effective : explanations;
  const deltaW = likeliestChange(candidates, event, n);
  const tolerance = toleranceW(deltaW);
  let probability = 0;
  let withinTolerance = 0;
  let meanEffectW = 0;
  let weightOfEffect = 0;
  let square = 0;
  for (const explanation of explanations) {
    const { choice, weight, solution } = explanation;
    const none = options[choice[event] as number]?.mode === NO_MODE;
    const mean = none ? 0 : (solution.mean[event] as number);
    const variance = solution.covariance[own] as number;
    const sd = Math.sqrt(variance);
    let beyond = 0;
    if (!none && direction >= 0) beyond += betweenProbability(mean, sd, thresholdW, Infinity);
    if (!none && direction <= 0) beyond += betweenProbability(mean, sd, -Infinity, -thresholdW);
    probability += weight * beyond;
    withinTolerance += weight * betweenProbability(mean, sd, deltaW - tolerance, deltaW + tolerance);
    meanEffectW += weight * mean;
    if (none) continue;
    weightOfEffect += weight;
    square += weight * (variance + (mean - deltaW) ** 2);
  }
  const sdW = Math.sqrt(
    weightOfEffect > 1e-9 ? square / weightOfEffect : (explanations[0]?.solution.covariance[own] ?? 0),
  );
  const expected = expectation(member.signature, options);
  return {
    deltaW,
    sdW,
    probability,
    withinTolerance,
    expectedW: expected?.mean ?? null,
    expectedSdW: expected?.sd ?? null,
    effectProbability: 0,
    meanEffectW,
  };
}

/** The effect that the most weight lies within tolerance of, among the explanations' own means. */
function likeliestChange(explanations: Explanation[], event: number, n: number): number {
  let best = 0;
  let bestWeight = -1;
  for (const candidate of explanations) {
    const mean = candidate.solution.mean[event] as number;
    if (candidate.weight < 1e-3 && bestWeight >= 0) continue;
    const tolerance = toleranceW(mean);
    let weight = 0;
    for (const { solution, weight: w } of explanations) {
      const sd = Math.sqrt(solution.covariance[event * n + event] as number);
      weight +=
        w * betweenProbability(solution.mean[event] as number, sd, mean - tolerance, mean + tolerance);
    }
    if (weight > bestWeight) {
      best = mean;
      bestWeight = weight;
    }
  }
  return best;
}

function expectation(signature: Signature, options: EffectOption[]): { mean: number; sd: number } | null {
  const known = options.filter(({ mode }) => mode >= 0 && mode < signature.modes.length);
  const total = known.reduce((sum, { logWeight }) => sum + Math.exp(logWeight), 0);
  if (known.length === 0 || total <= 0) return null;
  const mean = known.reduce((sum, option) => sum + option.mean * Math.exp(option.logWeight), 0) / total;
  const variance = known.reduce(
    (sum, option) =>
      sum + Math.exp(option.logWeight) * (option.modeVariance + option.scatter + (option.mean - mean) ** 2),
    0,
  );
  return { mean, sd: Math.sqrt(variance / total) };
}
