import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { Journal } from '@smart-meter/journal';
import type { Clock } from '@smart-meter/meter-adapter';
import { periodOf } from '@smart-meter/service';
import type { Request, Response } from 'express';
import type { Configuration } from '../configuration/configuration';
import { CLOCK, CONFIGURATION } from '../tokens';
import { ReadingsQuery } from './queries/readings-query';
import { ReadingRow, readingRows, RowSource } from './reading-rows';
import { chooseFormat, CONTENT_TYPES, jsonTexts, lineTexts } from './row-format';
import { sendInTurns } from './send-in-turns';

export interface ReadingsAnswer {
  from: string;
  to: string;
  every: string;
  readings: ReadingRow[];
  /** Where the next page is; null on the last. */
  next: string | null;
}

const DEFAULT_PERIOD_MS = 60 * 60_000;

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
    if (format !== 'json') return sendInTurns(response, lineTexts(rows, format));
    const head: Omit<ReadingsAnswer, 'readings' | 'next'> = {
      from: period.from.toISOString(),
      to: period.to.toISOString(),
      every,
    };
    const told = every === 'raw' ? page(rows, query, head.to) : allOf(rows);
    await sendInTurns(response, jsonTexts(head, told));
  }
}

type PageSource = Generator<ReadingRow | null, ReadingsAnswer['next'], undefined>;

/**
 * Readings follow the time, so that a page can go on at the next one's instant. Those of one instant stay together,
 * also where the page is longer for it, or the next page would repeat some of them.
 */
export function* page(
  rows: RowSource,
  { circuits, limit }: Pick<ReadingsQuery, 'circuits' | 'limit'>,
  to: string,
): PageSource {
  let count = 0;
  let lastTimestamp: string | undefined;
  for (const row of rows) {
    if (row !== null) {
      if (count >= limit && row.timestamp !== lastTimestamp) {
        const parameters = { from: row.timestamp, to, circuits, limit: String(limit) };
        return `/readings?${new URLSearchParams(parameters)}`;
      }
      count += 1;
      lastTimestamp = row.timestamp;
    }
    yield row;
  }
  return null;
}

/** Steps come series by series and are given whole. */
function* allOf(rows: RowSource): PageSource {
  yield* rows;
  return null;
}
