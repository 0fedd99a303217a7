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

interface Line {
  entryId: number;
  text: string;
}

class BatchSearch {
  private readonly lines: Line[];
  private readonly openLines = new Map<number, number>();
  private readonly rejected: RejectedLine[] = [];
  /** Refused in words that prove nothing: guilty only once the server has accepted some other line. */
  private readonly suspects: RejectedLine[] = [];
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
    for (const { entryId } of this.lines) this.open(entryId, 1);
  }

  async settle(firstAnswer: Answer, send: SendLines): Promise<Settlement> {
    let answer = firstAnswer;
    for (let lines: Line[] | undefined = this.lines; lines !== undefined;) {
      if (answer.kind === 'misconfigured' || answer.kind === 'failed') return this.result(answer);
      if (this.provesNothing(answer, lines)) return this.result(asMisconfigured(answer));
      if (answer.kind === 'accepted') this.accept(lines);
      else if (lines.length > 1) this.waiting.push(...this.cut(lines, answer));
      else this.refuse(lines, answer);
      lines = this.waiting.pop();
      if (lines !== undefined) answer = await send(bodyOf(lines));
    }
    const [unproven] = this.acceptedLines === 0 ? this.suspects : [];
    return this.result(
      unproven && { kind: 'misconfigured', status: unproven.status, reason: unproven.reason },
    );
  }

  private accept(lines: readonly Line[]): void {
    this.acceptedLines += lines.length;
    for (const { entryId } of lines) this.open(entryId, -1);
  }

  private refuse(lines: readonly Line[], answer: Fault & { kind: 'refused' | 'too_large' }): void {
    const { status, reason } = answer;
    const isProven = answer.kind === 'too_large' || ABOUT_LINES.test(reason);
    const judged = isProven ? this.rejected : this.suspects;
    for (const { entryId, text } of lines) {
      judged.push({ entryId, line: text, status, reason });
      this.open(entryId, -1);
    }
    const [line] = lines;
    if (line !== undefined && BEYOND_RETENTION.test(reason)) this.refuseOlder(line, answer);
  }

  /** Retention is a matter of time alone: what is older than a line that is too old is too old as well. */
  private refuseOlder(tooOld: Line, { status, reason }: Fault): void {
    const limitMs = timestampMs(tooOld);
    this.waiting = this.waiting
      .map((lines) =>
        lines.filter((line) => {
          if (timestampMs(line) > limitMs) return true;
          this.rejected.push({ entryId: line.entryId, line: line.text, status, reason });
          this.open(line.entryId, -1);
          return false;
        }),
      )
      .filter((lines) => lines.length > 0);
  }

  /** The two parts to go on with; the last is sent first. */
  private cut(lines: Line[], answer: Fault & { kind: 'refused' | 'too_large' }): [Line[], Line[]] {
    if (answer.kind === 'too_large') {
      this.tooLargeBytes = Math.min(this.tooLargeBytes ?? Infinity, Buffer.byteLength(bodyOf(lines)));
      return halves(lines);
    }
    if (BEYOND_RETENTION.test(answer.reason)) {
      return halves(lines.toSorted((a, b) => timestampMs(a) - timestampMs(b)));
    }
    return byMeasurement(lines) ?? halves(lines);
  }

  private provesNothing(
    answer: Answer,
    lines: readonly Line[],
  ): answer is Answer & { kind: 'refused' | 'too_large' } {
    if (answer.kind === 'too_large') {
      return lines.length === 1 && Buffer.byteLength(bodyOf(lines)) <= NEVER_TOO_LARGE_BYTES;
    }
    if (answer.kind !== 'refused' || this.acceptedLines > 0 || ABOUT_LINES.test(answer.reason)) return false;
    this.unexplainedRefusals += 1;
    return this.unexplainedRefusals > MOST_UNEXPLAINED_REFUSALS;
  }

  private open(entryId: number, lines: number): void {
    this.openLines.set(entryId, (this.openLines.get(entryId) ?? 0) + lines);
  }

  private result(interruption?: Interruption): Settlement {
    const isProven = this.acceptedLines > 0;
    const unproven = new Set(isProven ? [] : this.suspects.map(({ entryId }) => entryId));
    const settledIds = [...this.openLines]
      .filter(([id, open]) => open === 0 && !unproven.has(id))
      .map(([id]) => id);
    const settled = new Set(settledIds);
    const guilty = isProven ? [...this.rejected, ...this.suspects] : this.rejected;
    return {
      outcome: { settledIds, rejected: guilty.filter(({ entryId }) => settled.has(entryId)) },
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
