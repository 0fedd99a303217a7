import { Answer, Fault } from './answer';
import { OutboxEntry, OutboxOutcome, RejectedLine } from './outbox';

/** Sends lines; rejects when the delivery is stopped. */
export type SendLines = (lines: string) => Promise<Answer>;

/** Why a batch was not finished: what is left of it stays in the outbox. */
export type Interruption = Extract<Answer, { kind: 'misconfigured' | 'failed' }>;

export interface Settlement {
  outcome: OutboxOutcome;
  acceptedLines: number;
  /** Size of the smallest body that was too large. */
  tooLargeBytes?: number;
  interruption?: Interruption;
}

/** Words that show that the server has read the lines and found fault with some of them. */
const ABOUT_LINES =
  /partial write|unable to parse|field type conflict|beyond retention|line protocol|column type/i;
const BEYOND_RETENTION = /beyond retention policy/i;
/** A server that calls so little too large speaks of something else. */
const NEVER_TOO_LARGE_BYTES = 1_024;
/** So many refusals in other words, and no line accepted, do not speak of lines. */
const MOST_UNEXPLAINED_REFUSALS = 32;

/**
 * Finds out for each line of a batch whether the server takes it.
 * A refused batch is cut until the guilty lines stand alone; sending a stored line again does no harm.
 */
export async function settleEntries(entries: readonly OutboxEntry[], send: SendLines): Promise<Settlement> {
  const filled = entries.filter((entry) => entry.lineProtocol !== '');
  const answer: Answer =
    filled.length === 0
      ? { kind: 'accepted' }
      : await send(filled.map((entry) => entry.lineProtocol).join('\n'));
  if (answer.kind !== 'accepted') return new BatchSearch(entries).settle(answer, send);
  return {
    outcome: { settledIds: entries.map(({ id }) => id), rejected: [] },
    acceptedLines: entries.reduce((sum, entry) => sum + entry.lineCount, 0),
  };
}

type Refusal = Extract<Answer, { kind: 'refused' | 'too_large' }>;

interface Line {
  entryId: number;
  text: string;
}

class BatchSearch {
  private readonly lines: Line[];
  private readonly openLines = new Map<number, number>();
  private readonly rejected: RejectedLine[] = [];
  /** Refused in words that prove nothing: asked about again once the server has accepted some other line. */
  private suspects: Line[] = [];
  private suspicion: Interruption | undefined;
  private waiting: Line[][] = [];
  private acceptedLines = 0;
  private unexplainedRefusals = 0;
  private tooLargeBytes: number | undefined;

  constructor(entries: readonly OutboxEntry[]) {
    this.lines = entries.flatMap(({ id, lineProtocol }) =>
      lineProtocol
        .split('\n')
        .filter((text) => text !== '')
        .map((text) => ({ entryId: id, text })),
    );
    for (const { id } of entries) this.openLines.set(id, 0);
    for (const { entryId } of this.lines) this.openLines.set(entryId, (this.openLines.get(entryId) ?? 0) + 1);
  }

  async settle(firstAnswer: Answer, send: SendLines): Promise<Settlement> {
    let interruption = this.judge(this.lines, firstAnswer);
    for (let lines = this.waiting.pop(); lines !== undefined; lines = this.waiting.pop()) {
      if (interruption !== undefined) break;
      interruption = this.judge(lines, await send(bodyOf(lines)));
    }
    return this.result(interruption ?? this.suspicion);
  }

  /** @returns why it makes no sense to go on */
  private judge(lines: Line[], answer: Answer): Interruption | undefined {
    switch (answer.kind) {
      case 'misconfigured':
      case 'failed':
        return answer;
      case 'accepted':
        this.accept(lines);
        return undefined;
      case 'refused':
      case 'too_large': {
        if (this.provesNothing(lines, answer)) return asMisconfigured(answer);
        const [line] = lines;
        if (lines.length > 1) this.waiting.push(...this.cut(lines, answer));
        else if (line !== undefined) this.refuse(line, answer);
        return undefined;
      }
    }
  }

  private accept(lines: readonly Line[]): void {
    this.acceptedLines += lines.length;
    this.close(lines);
    if (this.suspects.length > 0) this.waiting.push(this.suspects);
    this.suspects = [];
    this.suspicion = undefined;
  }

  private refuse(line: Line, answer: Refusal): void {
    const isProven = answer.kind === 'too_large' || this.acceptedLines > 0 || ABOUT_LINES.test(answer.reason);
    if (!isProven) {
      this.suspects.push(line);
      this.suspicion = asMisconfigured(answer);
      return;
    }
    this.reject([line], answer);
    if (BEYOND_RETENTION.test(answer.reason)) this.rejectOlder(line, answer);
  }

  private reject(lines: readonly Line[], { status, reason }: Fault): void {
    for (const { entryId, text } of lines) this.rejected.push({ entryId, line: text, status, reason });
    this.close(lines);
  }

  /** Retention is a matter of time alone: what is older than a line that is too old is too old as well. */
  private rejectOlder(tooOld: Line, fault: Fault): void {
    const limitMs = timestampMs(tooOld);
    const isTooOld = (line: Line) => timestampMs(line) <= limitMs;
    this.reject(this.waiting.flat().filter(isTooOld), fault);
    this.waiting = this.waiting
      .map((lines) => lines.filter((line) => !isTooOld(line)))
      .filter((lines) => lines.length > 0);
  }

  /** The two parts to go on with; the last is sent first. */
  private cut(lines: Line[], answer: Refusal): [Line[], Line[]] {
    if (answer.kind === 'too_large') {
      this.tooLargeBytes = Math.min(this.tooLargeBytes ?? Infinity, Buffer.byteLength(bodyOf(lines)));
      return halves(lines);
    }
    if (BEYOND_RETENTION.test(answer.reason)) {
      return halves(lines.toSorted((a, b) => timestampMs(a) - timestampMs(b)));
    }
    return byMeasurement(lines) ?? halves(lines);
  }

  private provesNothing(lines: readonly Line[], answer: Refusal): boolean {
    if (answer.kind === 'too_large') {
      return lines.length === 1 && Buffer.byteLength(bodyOf(lines)) <= NEVER_TOO_LARGE_BYTES;
    }
    if (this.acceptedLines > 0 || ABOUT_LINES.test(answer.reason)) return false;
    this.unexplainedRefusals += 1;
    return this.unexplainedRefusals > MOST_UNEXPLAINED_REFUSALS;
  }

  private close(lines: readonly Line[]): void {
    for (const { entryId } of lines) this.openLines.set(entryId, (this.openLines.get(entryId) ?? 0) - 1);
  }

  /** Entries with open lines stay; what was found out about them is found out again. */
  private result(interruption?: Interruption): Settlement {
    const settledIds = [...this.openLines].filter(([, open]) => open === 0).map(([id]) => id);
    const settled = new Set(settledIds);
    return {
      outcome: { settledIds, rejected: this.rejected.filter(({ entryId }) => settled.has(entryId)) },
      acceptedLines: this.acceptedLines,
      ...(this.tooLargeBytes === undefined ? {} : { tooLargeBytes: this.tooLargeBytes }),
      ...(interruption === undefined ? {} : { interruption }),
    };
  }
}

const asMisconfigured = ({ status, reason }: Fault): Interruption => ({
  kind: 'misconfigured',
  status,
  reason,
});
const bodyOf = (lines: readonly Line[]) => lines.map(({ text }) => text).join('\n');

function halves(lines: Line[]): [Line[], Line[]] {
  const middle = Math.ceil(lines.length / 2);
  return [lines.slice(0, middle), lines.slice(middle)];
}

/** A type conflict hits one field of one measurement in all its lines at once. */
function byMeasurement(lines: Line[]): [Line[], Line[]] | undefined {
  const measurement = measurementOf(lines[0]);
  const rest = lines.filter((line) => measurementOf(line) !== measurement);
  return rest.length === 0 ? undefined : [lines.filter((line) => measurementOf(line) === measurement), rest];
}

const measurementOf = (line: Line | undefined) => line && /^(?:[^\\, ]|\\.)*/.exec(line.text)?.[0];
const timestampMs = ({ text }: Line) => Number(text.slice(text.lastIndexOf(' ') + 1));
