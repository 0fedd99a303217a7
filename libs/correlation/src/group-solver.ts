import { EffectModel } from './effect-model';
import { invert } from './linear-algebra';
import { betweenProbability } from './normal';
import {
  coefficients,
  effectCovariance,
  expectedEffect,
  learn,
  NULL_EFFECT_SD_W,
  scatterVariance,
  SETTLED_LOG_ODDS,
  Signature,
  updateOdds,
} from './signature';
import { EffectPrior, Solution, solveSteps, StepProblem } from './step-solver';

/** One event of a group and the signature that it draws on (events of one entity and family share theirs). */
export interface GroupMember {
  model: EffectModel;
  signature: Signature;
  /** False for events that only explain part of the power and are answered elsewhere. */
  learns: boolean;
}

export interface MemberEstimate {
  /** Change of power, given that there is one, W. */
  deltaW: number;
  sdW: number;
  /** Probability that the event changed the power by at least the threshold, in its own direction. */
  probability: number;
  /** Probability that the true change is within max(10 W, 20 %) of deltaW, before calibration. */
  withinTolerance: number;
  /** Expected change before looking at the power, and its standard deviation. */
  priorW: number;
  priorSdW: number;
  /** Probability that this kind of event has any effect, after this group. */
  effectProbability: number;
}

interface Family {
  signature: Signature;
  events: number[];
  rows: number[][];
  mean: number[];
  covariance: Float64Array;
  scatter: number[];
  precision: Float64Array;
  logDeterminant: number;
}

interface Hypothesis {
  active: boolean[];
  solution: Solution;
  weight: number;
}

const MAX_UNCERTAIN = 5;
const MAX_ODDS_STEP = 4;
const SURPRISE_W = 12;

/** The reported change counts as right within this of the truth. */
export function toleranceW(deltaW: number): number {
  return Math.max(10, 0.2 * Math.abs(deltaW));
}

/** Solves one group, updates the signatures of its members, and returns an estimate for each. */
export function solveGroup(
  members: GroupMember[],
  problem: StepProblem,
  thresholdW: number,
): MemberEstimate[] {
  const families = buildFamilies(members);
  const uncertain = families
    .map((family, index) => ({ index, doubt: Math.abs(family.signature.logOdds) }))
    .filter(({ doubt }) => doubt < SETTLED_LOG_ODDS)
    .sort((a, b) => a.doubt - b.doubt)
    .slice(0, MAX_UNCERTAIN)
    .map(({ index }) => index);
  let open = uncertain;
  let hypotheses = enumerate(families, open, problem, members.length);
  const ruledOut = families.flatMap((family, i) =>
    family.signature.logOdds <= -SETTLED_LOG_ODDS ? [i] : [],
  );
  if (ruledOut.length > 0 && leavesSurprise(problem, hypotheses)) {
    open = [...uncertain, ...ruledOut].slice(0, MAX_UNCERTAIN);
    hypotheses = enumerate(families, open, problem, members.length);
  }
  const estimates = new Array<MemberEstimate>(members.length);
  families.forEach((family, f) => {
    const chance = hypotheses.reduce((sum, h) => sum + (h.active[f] ? h.weight : 0), 0);
    const seen = family.events.map((e, i) => {
      const moments = momentsOf(
        hypotheses,
        f,
        e,
        members.length,
        family.mean[i] ?? 0,
        family.covariance[i * family.events.length + i] ?? 1,
      );
      const model = members[e]?.model;
      const direction = model?.direction ?? 0;
      estimates[e] = estimate(hypotheses, f, e, members.length, direction, moments, thresholdW);
      const estimated = estimates[e];
      estimated.priorW = family.mean[i] ?? 0;
      estimated.priorSdW = Math.sqrt(family.covariance[i * family.events.length + i] ?? 0);
      estimated.effectProbability = chance;
      return { moments, direction };
    });
    if (!family.events.every((e) => members[e]?.learns)) return;
    const { signature } = family;
    if (open.includes(f)) {
      const bounded = Math.min(1 - 1e-6, Math.max(1e-6, chance));
      const target = Math.log(bounded / (1 - bounded));
      const step = Math.max(-MAX_ODDS_STEP, Math.min(MAX_ODDS_STEP, target - signature.logOdds));
      updateOdds(signature, signature.logOdds + step);
    }
    signature.count += family.events.length;
    if (chance < 0.02) return;
    family.events.forEach((_, i) => {
      const row = family.rows[i] as number[];
      const { moments, direction } = seen[i] as (typeof seen)[number];
      const scatter = family.scatter[i] as number;
      // The signature may have moved with the family's earlier events: the prior is taken afresh, and the
      // evidence of this event is what turned its joint prior into its posterior.
      const jointVariance = family.covariance[i * family.events.length + i] as number;
      const evidence = impliedEvidence(
        family.mean[i] as number,
        jointVariance,
        moments.mean,
        moments.variance,
      );
      if (!evidence) return;
      const priorMean = expectedEffect(signature, row);
      const priorVariance = Math.max(1e-6, effectCovariance(signature, row, row)) + scatter;
      const k = priorVariance / (priorVariance + evidence.variance);
      learn(
        signature,
        {
          row,
          direction,
          priorMean,
          priorVariance,
          scatter,
          posteriorMean: priorMean + k * (evidence.mean - priorMean),
          posteriorVariance: priorVariance * (1 - k),
        },
        chance,
      );
    });
  });
  return estimates;
}

/** The Gaussian likelihood that turns the prior into the posterior; null when there was no information. */
function impliedEvidence(
  priorMean: number,
  priorVariance: number,
  posteriorMean: number,
  posteriorVariance: number,
): { mean: number; variance: number } | null {
  const precision = 1 / posteriorVariance - 1 / priorVariance;
  if (!(precision > 1e-9 / priorVariance)) return null;
  const variance = 1 / precision;
  return { variance, mean: variance * (posteriorMean / posteriorVariance - priorMean / priorVariance) };
}

function buildFamilies(members: GroupMember[]): Family[] {
  const bySignature = new Map<Signature, number[]>();
  members.forEach((member, e) => {
    const events = bySignature.get(member.signature);
    if (events) events.push(e);
    else bySignature.set(member.signature, [e]);
  });
  const families: Family[] = [];
  for (const [signature, events] of bySignature) {
    const n = events.length;
    const rows = events.map((e) => coefficients(signature, (members[e] as GroupMember).model));
    const mean = rows.map((row) => expectedEffect(signature, row));
    const covariance = new Float64Array(n * n);
    const scatter: number[] = [];
    for (let i = 0; i < n; i++) {
      const rowI = rows[i] as number[];
      for (let j = 0; j < n; j++)
        covariance[i * n + j] = effectCovariance(signature, rowI, rows[j] as number[]);
      const own = covariance[i * n + i] as number;
      const direction = (members[events[i] as number] as GroupMember).model.direction;
      scatter[i] = scatterVariance(signature, direction, mean[i] as number, own);
      covariance[i * n + i] = own + (scatter[i] as number);
    }
    if (n === 1) {
      const precision = 1 / (covariance[0] as number);
      families.push({
        signature,
        events,
        rows,
        mean,
        covariance,
        scatter,
        precision: Float64Array.of(precision),
        logDeterminant: Math.log(precision),
      });
    } else {
      const { inverse, logDeterminant } = invert(covariance, n);
      families.push({
        signature,
        events,
        rows,
        mean,
        covariance,
        scatter,
        precision: inverse,
        logDeterminant: -logDeterminant,
      });
    }
  }
  return families;
}

function enumerate(families: Family[], open: number[], problem: StepProblem, n: number): Hypothesis[] {
  const hypotheses: Hypothesis[] = [];
  const base = families.map((family) => family.signature.logOdds > 0);
  let best = -Infinity;
  const logWeights: number[] = [];
  for (let bits = 0; bits < 1 << open.length; bits++) {
    const active = [...base];
    let logWeight = 0;
    open.forEach((f, i) => {
      const on = ((bits >> i) & 1) === 1;
      active[f] = on;
      if (on) logWeight += (families[f] as Family).signature.logOdds;
    });
    const solution = solveSteps(problem, priorUnder(families, active, n));
    logWeight += solution.logEvidence;
    logWeights.push(logWeight);
    best = Math.max(best, logWeight);
    hypotheses.push({ active, solution, weight: 0 });
  }
  let total = 0;
  hypotheses.forEach((hypothesis, i) => {
    hypothesis.weight = Math.exp((logWeights[i] as number) - best);
    total += hypothesis.weight;
  });
  for (const hypothesis of hypotheses) hypothesis.weight /= total;
  return hypotheses;
}

function priorUnder(families: Family[], active: boolean[], n: number): EffectPrior {
  const mean = new Float64Array(n);
  const precision = new Float64Array(n * n);
  const nullPrecision = 1 / (NULL_EFFECT_SD_W * NULL_EFFECT_SD_W);
  let logDeterminant = 0;
  families.forEach((family, f) => {
    const { events } = family;
    if (active[f]) {
      events.forEach((e, i) => {
        mean[e] = family.mean[i] as number;
        events.forEach((g, j) => {
          precision[e * n + g] = family.precision[i * events.length + j] as number;
        });
      });
      logDeterminant += family.logDeterminant;
    } else {
      for (const e of events) precision[e * n + e] = nullPrecision;
      logDeterminant += events.length * Math.log(nullPrecision);
    }
  });
  return { mean, precision, logDeterminant };
}

/** Mean and variance of an effect over the hypotheses under which its family has one. */
function momentsOf(
  hypotheses: Hypothesis[],
  family: number,
  event: number,
  n: number,
  priorMean: number,
  priorVariance: number,
): { mean: number; variance: number } {
  let weight = 0;
  let mean = 0;
  let square = 0;
  for (const { active, solution, weight: w } of hypotheses) {
    if (!active[family]) continue;
    const m = solution.mean[event] as number;
    weight += w;
    mean += w * m;
    square += w * (m * m + (solution.covariance[event * n + event] as number));
  }
  if (weight < 1e-9) return { mean: priorMean, variance: priorVariance };
  mean /= weight;
  return { mean, variance: Math.max(1e-6, square / weight - mean * mean) };
}

function estimate(
  hypotheses: Hypothesis[],
  family: number,
  event: number,
  n: number,
  direction: -1 | 0 | 1,
  moments: { mean: number; variance: number },
  thresholdW: number,
): MemberEstimate {
  let probability = 0;
  let withinTolerance = 0;
  const tolerance = toleranceW(moments.mean);
  for (const { active, solution, weight } of hypotheses) {
    const mean = active[family] ? (solution.mean[event] as number) : 0;
    const sd = active[family]
      ? Math.sqrt(solution.covariance[event * n + event] as number)
      : NULL_EFFECT_SD_W;
    let beyond = 0;
    if (direction >= 0) beyond += betweenProbability(mean, sd, thresholdW, Infinity);
    if (direction <= 0) beyond += betweenProbability(mean, sd, -Infinity, -thresholdW);
    probability += weight * beyond;
    withinTolerance +=
      weight * betweenProbability(mean, sd, moments.mean - tolerance, moments.mean + tolerance);
  }
  return {
    deltaW: moments.mean,
    sdW: Math.sqrt(moments.variance),
    probability,
    withinTolerance,
    priorW: 0,
    priorSdW: 0,
    effectProbability: 0,
  };
}

/** Whether the power makes a step that the likeliest explanation leaves unexplained. */
function leavesSurprise(problem: StepProblem, hypotheses: Hypothesis[]): boolean {
  const likeliest = hypotheses.reduce((a, b) => (b.weight > a.weight ? b : a));
  const n = problem.eventCount;
  let previous: number | null = null;
  for (let k = 0; k < problem.binCount; k++) {
    let background = problem.levelW[k] as number;
    for (let e = 0; e < n; e++) {
      background -= (problem.share[k * n + e] as number) * (likeliest.solution.mean[e] as number);
    }
    if (previous !== null) {
      const sd = Math.sqrt((problem.driftVariance[k - 1] as number) + (problem.levelVariance[k] as number));
      if (Math.abs(background - previous) > Math.max(SURPRISE_W, 4 * sd)) return true;
    }
    previous = background;
  }
  return false;
}
