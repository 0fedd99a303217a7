import { Answer } from '../correlation/answer';
import { drawingShare, PowerTrace } from './drawing-time';
import { combine, PowerEvidence, Typical, typical } from './estimate';
import { Segment, segments } from './on-time';
import { Cost, costOf, Tariff } from './tariff';

/** What an entity draws in one state. */
export interface StateImpact {
  state: string;
  levelTenths: number | null;
  /** null where no event told it. */
  power: Typical | null;
  onTimeS: number;
}

/** What an entity did in a period. */
export interface Impact {
  events: number;
  attributedEvents: number;
  switchedOn: number;
  onTimeS: number;
  /** Of the on-time the part in which it drew its power: a thermostat switches by itself. */
  drawingTimeS: number;
  /** Of the on-time the part whose power is not known: it is in no energy and no cost. */
  onTimeWithoutPowerS: number;
  energyKwh: number;
  /** 90 % of cases lie between these. */
  lowKwh: number;
  highKwh: number;
  /** Of the energy whose price is known; null without a tariff, and where no price is known. */
  cost: number | null;
  /** Of the energy the part that is in no cost, as its price is not known; null without a tariff. */
  energyWithoutPriceKwh: number | null;
  states: StateImpact[];
}

export interface ImpactContext {
  tariff: Tariff | null;
  /** The home's power, of the channel that the entity is answered from. */
  trace: PowerTrace;
}

export interface ImpactPeriod {
  fromMs: number;
  toMs: number;
}

/** Half the width of the range in which 90 % of a normal distribution lie. */
const RANGE_SDS = 1.645;
/** Less than this share of its power left: a load has changed by itself. */
const CHANGED_SHARE = 0.5;

/**
 * What an entity drew, from its paired events: the power of each stretch by the events that began and ended it and by
 * what is typical of its state, times how long it lasted.
 * @param answers of this entity, oldest first, from some time before the period on: what lasts into it counts too
 */
export function impactOf(
  answers: readonly Answer[],
  { fromMs, toMs }: ImpactPeriod,
  { tariff, trace }: ImpactContext,
): Impact {
  const all = [...segments(answers, toMs)];
  const evidence = segmentEvidence(all);
  const byState = typicalByState(all, evidence);
  const within = answers.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  const impact: Impact = {
    events: within.length,
    attributedEvents: within.filter(({ deltaW }) => deltaW !== null).length,
    switchedOn: 0,
    onTimeS: 0,
    drawingTimeS: 0,
    onTimeWithoutPowerS: 0,
    energyKwh: 0,
    lowKwh: 0,
    highKwh: 0,
    cost: null,
    energyWithoutPriceKwh: null,
    states: [],
  };
  const cost: Cost = { cost: 0, pricedKwh: 0, unpricedKwh: 0 };
  const states = new Map<string, StateImpact>();
  all.forEach((segment, index) => {
    const key = stateKey(segment);
    const power = byState.get(key) ?? null;
    const { state, levelTenths } = segment;
    if (!states.has(key)) states.set(key, { state, levelTenths, power, onTimeS: 0 });
    const startMs = Math.max(fromMs, segment.fromMs);
    const endMs = Math.min(toMs, segment.toMs);
    if (endMs <= startMs) return;
    const seconds = (endMs - startMs) / 1000;
    const ofState = states.get(key);
    if (ofState) ofState.onTimeS += seconds;
    impact.onTimeS += seconds;
    if (segment.startsRun && segment.fromMs >= fromMs) impact.switchedOn += 1;
    const drawn = combine([
      ...(evidence[index] ?? []),
      ...(power === null ? [] : [{ powerW: power.powerW, sdW: Math.hypot(power.scatterW, power.sdW) }]),
    ]);
    if (drawn === null) {
      impact.onTimeWithoutPowerS += seconds;
      return;
    }
    const share = drawingShare(segment, drawn.powerW, trace);
    const kwhPerW = (share * seconds) / 3.6e6;
    impact.drawingTimeS += share * seconds;
    const marginW = RANGE_SDS * Math.max(drawn.sdW, power?.scatterW ?? 0);
    impact.energyKwh += drawn.powerW * kwhPerW;
    impact.lowKwh += Math.max(0, drawn.powerW - marginW) * kwhPerW;
    impact.highKwh += (drawn.powerW + marginW) * kwhPerW;
    if (tariff === null) return;
    const part = costOf(tariff, startMs, endMs, share * drawn.powerW);
    cost.cost += part.cost;
    cost.pricedKwh += part.pricedKwh;
    cost.unpricedKwh += part.unpricedKwh;
  });
  if (tariff !== null) {
    const isUnknown = cost.pricedKwh === 0 && cost.unpricedKwh > 0;
    impact.cost = isUnknown ? null : cost.cost;
    impact.energyWithoutPriceKwh = cost.unpricedKwh;
  }
  impact.states = [...states.values()].sort((a, b) => b.onTimeS - a.onTimeS);
  return impact;
}

/** 90 % of cases of a state lie in this range, W; never below nothing. */
export function rangeOf({ powerW, scatterW, sdW }: Typical): { lowW: number; highW: number } {
  const marginW = RANGE_SDS * Math.hypot(scatterW, sdW);
  return { lowW: Math.max(0, powerW - marginW), highW: powerW + marginW };
}

/** What the events around each segment say of its power: the step on, levels in between, the step off. */
function segmentEvidence(all: readonly Segment[]): PowerEvidence[][] {
  const evidence = all.map((): PowerEvidence[] => []);
  let current: PowerEvidence | null = null;
  all.forEach((segment, index) => {
    const before: PowerEvidence | null = segment.startsRun ? { powerW: 0, sdW: 0 } : current;
    const step = stepOf(segment.began);
    current = before && step ? added(before, step, 1) : null;
    if (current) evidence[index]?.push(current);
  });
  let after: PowerEvidence | null = null;
  for (let index = all.length - 1; index >= 0; index -= 1) {
    const segment = all[index] as Segment;
    const next: PowerEvidence | null = segment.endsRun ? { powerW: 0, sdW: 0 } : after;
    const step: PowerEvidence | null = segment.ended && stepOf(segment.ended);
    after = next && step ? added(next, step, -1) : null;
    if (after) evidence[index]?.push(after);
  }
  return evidence.map((ofSegment) => reconciled(ofSegment.filter(({ powerW }) => powerW > 0)));
}

/** A load that has changed by itself since it was switched on is told by its beginning, not by what was left at its end. */
function reconciled(evidence: PowerEvidence[]): PowerEvidence[] {
  const [atStart, atEnd] = evidence;
  return atStart && atEnd && atEnd.powerW < CHANGED_SHARE * atStart.powerW ? [atStart] : evidence;
}

function typicalByState(all: readonly Segment[], evidence: readonly PowerEvidence[][]): Map<string, Typical> {
  const gathered = new Map<string, PowerEvidence[]>();
  all.forEach((segment, index) => {
    const key = stateKey(segment);
    gathered.set(key, [...(gathered.get(key) ?? []), ...(evidence[index] ?? [])]);
  });
  return new Map(
    [...gathered].flatMap(([key, ofState]) => {
      const power = typical(ofState);
      return power === null ? [] : [[key, power] as const];
    }),
  );
}

function stepOf({ deltaW, sdW }: Answer): PowerEvidence | null {
  return deltaW === null ? null : { powerW: deltaW, sdW: sdW ?? Math.abs(deltaW) / 5 };
}

function added(a: PowerEvidence, b: PowerEvidence, sign: 1 | -1): PowerEvidence {
  return { powerW: a.powerW + sign * b.powerW, sdW: Math.hypot(a.sdW, b.sdW) };
}

function stateKey({ state, levelTenths }: Segment): string {
  return levelTenths === null ? state : `${state} ${levelTenths}`;
}
