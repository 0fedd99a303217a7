import { EffectOption, NO_MODE, Signature } from './signature';
import { EffectPrior } from './step-solver';

/** An event and the signature that it draws on. */
interface Drawing {
  signature: Signature;
}

/** Reused from call to call, as the solver's own scratch is: good until the next call. */
let scratchPrior = emptyPrior(16);

function emptyPrior(capacity: number): EffectPrior {
  return {
    mean: new Float64Array(capacity),
    own: new Float64Array(capacity),
    common: new Float64Array(capacity),
    group: new Int32Array(capacity),
  };
}

/** Events that draw on the same mode share its uncertainty; all else is independent. */
export function priorOf(
  members: readonly Drawing[],
  options: EffectOption[][],
  choice: number[],
): EffectPrior {
  const n = members.length;
  if (scratchPrior.mean.length < n) scratchPrior = emptyPrior(2 * n);
  const { mean, own, common, group } = scratchPrior;
  for (let e = 0; e < n; e++) {
    const option = chosen(options, choice, e);
    mean[e] = option.mean;
    const first = option.mode === NO_MODE ? e : firstOfMode(members, options, choice, e);
    group[e] = first;
    common[e] = 0;
    own[e] = option.modeVariance + option.scatter;
    if (first === e) continue;
    for (const g of [first, e]) {
      const { modeVariance, scatter, coefficient } = chosen(options, choice, g);
      common[g] = Math.sign(coefficient) * Math.sqrt(modeVariance);
      own[g] = scatter;
    }
  }
  return scratchPrior;
}

/** The first event that is of the same mode of the same signature, which may be the event itself. */
function firstOfMode(
  members: readonly Drawing[],
  options: EffectOption[][],
  choice: number[],
  event: number,
): number {
  const { signature } = members[event] as Drawing;
  const { mode } = chosen(options, choice, event);
  for (let g = 0; g < event; g++) {
    if (members[g]?.signature === signature && chosen(options, choice, g).mode === mode) return g;
  }
  return event;
}

function chosen(options: EffectOption[][], choice: number[], event: number): EffectOption {
  return options[event]?.[choice[event] as number] as EffectOption;
}
