import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BadRequestException, Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { Journal } from '@smart-meter/journal';
import type { Clock } from '@smart-meter/meter-adapter';
import type { Request, Response } from 'express';
import type { Configuration } from '../configuration/configuration';
import { CLOCK, CONFIGURATION } from '../tokens';
import { periodOf } from './queries/period-query';
import { ReadingsQuery } from './queries/readings-query';
import { ReadingRow, readingRows } from './reading-rows';
import { chooseFormat, CONTENT_TYPES, textBlocks } from './row-format';

export interface ReadingsAnswer {
  from: string;
  to: string;
  every: string;
  readings: ReadingRow[];
  /** Where the next page is; null on the last. */
  next: string | null;
}

const DEFAULT_PERIOD_MS = 60 * 60_000;
const MOST_STEPS = 200_000;

@Controller('readings')
export class ReadingsController {
  constructor(
    @Inject(Journal) private readonly journal: Journal,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  async readings(
    @Query() query: ReadingsQuery,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const period = periodOf(query, this.clock.now(), DEFAULT_PERIOD_MS);
    const { every, circuits } = query;
    const rows = readingRows(this.journal, { meterId: this.configuration.meterId, period, every, circuits });
    const format = chooseFormat(query.format, request.headers.accept);
    response.setHeader('Content-Type', CONTENT_TYPES[format]);
    if (format !== 'json') {
      // A caller that goes away in the middle ends the pipeline: that is no fault of ours.
      await pipeline(Readable.from(textBlocks(rows, format), { highWaterMark: 1 }), response).catch(
        () => undefined,
      );
      return;
    }
    const { readings, next } = every === 'raw' ? page(rows, query, period.to) : wholeAnswer(rows);
    const answer: ReadingsAnswer = {
      from: period.from.toISOString(),
      to: period.to.toISOString(),
      every,
      readings,
      next,
    };
    response.send(JSON.stringify(answer));
  }
}

/** Readings follow the time, so that a page can go on at the next one's instant. */
function page(rows: Iterable<ReadingRow>, { circuits, limit }: ReadingsQuery, to: Date) {
  const readings: ReadingRow[] = [];
  for (const row of rows) {
    if (readings.length < limit) {
      readings.push(row);
      continue;
    }
    // Readings of one instant stay together, or the next page would repeat some of them.
    while (readings.length > 1 && readings.at(-1)?.timestamp === row.timestamp) readings.pop();
    const parameters = { from: row.timestamp, to: to.toISOString(), circuits, limit: String(limit) };
    return { readings, next: `/readings?${new URLSearchParams(parameters)}` };
  }
  return { readings, next: null };
}

/** Steps come series by series and are given whole. */
function wholeAnswer(rows: Iterable<ReadingRow>) {
  const readings: ReadingRow[] = [];
  for (const row of rows) {
    if (readings.length === MOST_STEPS) {
      throw new BadRequestException(
        `this would be more than ${MOST_STEPS} steps: ask for longer steps, fewer circuits, or format=ndjson`,
      );
    }
    readings.push(row);
  }
  return { readings, next: null };
}
