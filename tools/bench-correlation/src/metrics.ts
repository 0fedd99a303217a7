import { EventTruth } from './home';

/** What a method said about one event. */
export interface Answer {
  /** False when the method had nothing to say (no samples). */
  answered: boolean;
  /** Attributed change, W; null = this event caused nothing (or it cannot be told). */
  deltaW: number | null;
  /** Probability that the event caused a change. */
  probability: number;
  /** Stated probability that the attributed change is within tolerance. */
  confidence: number;
}

export interface Score {
  events: number;
  causal: number;
  precision: number;
  recall: number;
  f1: number;
  detectionF1: number;
  /** Share of the innocent events that were credited with a change. */
  falsePositiveRate: number;
  meanAbsoluteErrorW: number;
  coverage: number;
  brier: number;
  calibrationError: number;
}

export const CAUSAL_W = 10;
const CALIBRATION_BINS = 10;

/** Adds up answers and truths; the score is asked for at the end. */
export class Scoreboard {
  private events = 0;
  private causal = 0;
  private attributed = 0;
  private strict = 0;
  private detected = 0;
  private innocentCredited = 0;
  private absoluteErrorW = 0;
  private answered = 0;
  private brierSum = 0;
  private readonly stated = new Float64Array(CALIBRATION_BINS);
  private readonly right = new Float64Array(CALIBRATION_BINS);
  private readonly inBin = new Float64Array(CALIBRATION_BINS);

  add(truth: EventTruth, answer: Answer): void {
    const isCausal = Math.abs(truth.deltaW) >= CAUSAL_W;
    this.events++;
    if (answer.answered) this.answered++;
    this.brierSum += (answer.probability - (isCausal ? 1 : 0)) ** 2;
    if (isCausal) {
      this.causal++;
      this.absoluteErrorW += Math.abs((answer.deltaW ?? 0) - truth.deltaW);
    }
    if (answer.deltaW === null) return;
    this.attributed++;
    if (!isCausal) this.innocentCredited++;
    const rightSign = isCausal && Math.sign(answer.deltaW) === Math.sign(truth.deltaW);
    const within = rightSign && isWithinTolerance(answer.deltaW, truth.deltaW);
    if (rightSign) this.detected++;
    if (within) this.strict++;
    const bin = Math.min(CALIBRATION_BINS - 1, Math.floor(answer.confidence * CALIBRATION_BINS));
    this.stated[bin] = (this.stated[bin] ?? 0) + answer.confidence;
    this.right[bin] = (this.right[bin] ?? 0) + (within ? 1 : 0);
    this.inBin[bin] = (this.inBin[bin] ?? 0) + 1;
  }

  score(): Score {
    const f1 = (hits: number): number => (2 * hits) / Math.max(1, this.attributed + this.causal);
    let calibrationError = 0;
    for (let bin = 0; bin < CALIBRATION_BINS; bin++) {
      calibrationError += Math.abs((this.stated[bin] ?? 0) - (this.right[bin] ?? 0));
    }
    return {
      events: this.events,
      causal: this.causal,
      precision: this.strict / Math.max(1, this.attributed),
      recall: this.strict / Math.max(1, this.causal),
      f1: f1(this.strict),
      detectionF1: f1(this.detected),
      falsePositiveRate: this.innocentCredited / Math.max(1, this.events - this.causal),
      meanAbsoluteErrorW: this.absoluteErrorW / Math.max(1, this.causal),
      coverage: this.answered / Math.max(1, this.events),
      brier: this.brierSum / Math.max(1, this.events),
      calibrationError: calibrationError / Math.max(1, this.attributed),
    };
  }
}

export function isWithinTolerance(deltaW: number, trueDeltaW: number): boolean {
  return Math.abs(deltaW - trueDeltaW) <= Math.max(10, 0.2 * Math.abs(trueDeltaW));
}
