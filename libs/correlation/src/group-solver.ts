import { explain, Explanation, familiesOf, Family, GroupMember, isNothing, NOTHING } from './explanations';
import { betweenProbability } from './normal';
import {
  effectProbability,
  EffectOption,
  learn,
  moveOdds,
  optionsOf,
  OptionOutcome,
  Signature,
} from './signature';
import { StepProblem } from './step-solver';

/** What is found about one event of a group. */
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

/** An explanation with this share of the weight settles the matter; one with less than the other is not reported. */
const SURE_SHARE = 0.85;
const MINOR_SHARE = 0.02;
/** One with less than this tips no balance. */
const NEGLIGIBLE_SHARE = 0.003;

/** The reported change counts as right within this of the truth. */
function toleranceW(deltaW: number): number {
  return Math.max(10, 0.2 * Math.abs(deltaW));
}

/** Solves one group, updates the signatures of its members, and returns an estimate for each. */
export function solveGroup(
  members: GroupMember[],
  problem: StepProblem,
  thresholdW: number,
): MemberEstimate[] {
  const options = members.map(({ signature, model, prior }) => optionsOf(signature, model, prior));
  const families = familiesOf(members);
  const explanations = explain(members, options, families, problem);
  const estimates = members.map((member, e) =>
    estimate(member, options[e] as EffectOption[], e, explanations, thresholdW),
  );
  for (const family of families) {
    const { signature, events } = family;
    const learning = events.filter((e) => members[e]?.learns);
    if (learning.length === 0) continue;
    let nothingWeight = 0;
    for (const { choice, weight } of explanations) if (isNothing(events, choice)) nothingWeight += weight;
    const active = 1 - nothingWeight + nothingWeight * activeGivenNothing(family, options);
    for (const e of learning) {
      const outcomes = outcomesOf(options[e] as EffectOption[], e, explanations);
      learn(signature, (members[e] as GroupMember).model, outcomes, active);
    }
    moveOdds(signature, active);
    const learned = effectProbability(signature);
    for (const e of learning) (estimates[e] as MemberEstimate).effectProbability = learned;
  }
  return estimates;
}

/** Probability that such events have an effect, given that these ones had none. */
function activeGivenNothing({ active, events }: Family, options: EffectOption[][]): number {
  let allNothing = active;
  for (const e of events) allNothing *= Math.exp(options[e]?.[NOTHING]?.logWeight ?? 0);
  return allNothing / (allNothing + 1 - active);
}

function outcomesOf(options: EffectOption[], event: number, explanations: Explanation[]): OptionOutcome[] {
  const outcomes: OptionOutcome[] = [];
  options.forEach((option, o) => {
    let responsibility = 0;
    let mean = 0;
    let square = 0;
    for (const { choice, weight, solution } of explanations) {
      if (choice[event] !== o) continue;
      const m = solution.mean[event] as number;
      responsibility += weight;
      mean += weight * m;
      square += weight * (m * m + (solution.variance[event] as number));
    }
    if (responsibility < 1e-6) return;
    mean /= responsibility;
    outcomes.push({
      option,
      responsibility,
      mean,
      variance: Math.max(0.05, square / responsibility - mean * mean),
    });
  });
  return outcomes;
}

function estimate(
  member: GroupMember,
  options: EffectOption[],
  event: number,
  explanations: Explanation[],
  thresholdW: number,
): MemberEstimate {
  const { direction } = member.model;
  const effective = explanations.filter(({ choice }) => choice[event] !== NOTHING);
  const deltaW = likeliestChange(effective.length > 0 ? effective : explanations, event);
  const tolerance = toleranceW(deltaW);
  let probability = 0;
  let withinTolerance = 0;
  let meanEffectW = 0;
  let weightOfEffect = 0;
  let square = 0;
  for (const { choice, weight, solution } of explanations) {
    const mean = solution.mean[event] as number;
    const variance = solution.variance[event] as number;
    const sd = Math.sqrt(variance);
    withinTolerance += weight * betweenProbability(mean, sd, deltaW - tolerance, deltaW + tolerance);
    meanEffectW += weight * mean;
    if (choice[event] === NOTHING) continue;
    if (direction >= 0) probability += weight * betweenProbability(mean, sd, thresholdW, Infinity);
    if (direction <= 0) probability += weight * betweenProbability(mean, sd, -Infinity, -thresholdW);
    weightOfEffect += weight;
    square += weight * (variance + (mean - deltaW) ** 2);
  }
  const ownVariance = explanations[0]?.solution.variance[event] ?? 0;
  return {
    deltaW,
    sdW: Math.sqrt(weightOfEffect > 1e-9 ? square / weightOfEffect : ownVariance),
    // Weights that are rounded can add up to a little more than 1.
    probability: Math.min(1, probability),
    withinTolerance: Math.min(1, withinTolerance),
    ...expectation(member.signature, options),
    effectProbability: effectProbability(member.signature),
    meanEffectW,
  };
}

/** The change that the most weight lies within tolerance of, among the explanations' own means. */
function likeliestChange(explanations: Explanation[], event: number): number {
  let total = 0;
  for (const { weight } of explanations) total += weight;
  const sure = explanations.find(({ weight }) => weight > SURE_SHARE * total);
  if (sure) return sure.solution.mean[event] as number;
  let best = 0;
  let bestWeight = -1;
  for (const candidate of explanations) {
    if (candidate.weight < MINOR_SHARE * total && bestWeight >= 0) continue;
    const mean = candidate.solution.mean[event] as number;
    const tolerance = toleranceW(mean);
    let weight = 0;
    for (const { solution, weight: own } of explanations) {
      if (own < NEGLIGIBLE_SHARE * total) continue;
      const sd = Math.sqrt(solution.variance[event] as number);
      weight +=
        own * betweenProbability(solution.mean[event] as number, sd, mean - tolerance, mean + tolerance);
    }
    if (weight > bestWeight) {
      best = mean;
      bestWeight = weight;
    }
  }
  return best;
}

function expectation(
  signature: Signature,
  options: EffectOption[],
): { expectedW: number | null; expectedSdW: number | null } {
  let total = 0;
  let mean = 0;
  let square = 0;
  for (const option of options) {
    if (option.mode < 0 || option.mode >= signature.modes.length) continue;
    const weight = Math.exp(option.logWeight);
    total += weight;
    mean += weight * option.mean;
    square += weight * (option.mean ** 2 + option.modeVariance + option.scatter);
  }
  if (total <= 0) return { expectedW: null, expectedSdW: null };
  mean /= total;
  return { expectedW: mean, expectedSdW: Math.sqrt(Math.max(0, square / total - mean * mean)) };
}
