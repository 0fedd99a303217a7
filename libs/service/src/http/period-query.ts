import { BadRequestException } from '@nestjs/common';
import { IsISO8601, IsOptional } from 'class-validator';

/** A stretch of time: `from` included, `to` excluded. */
export class PeriodQuery {
  @IsOptional()
  @IsISO8601({ strict: true })
  from?: string;

  @IsOptional()
  @IsISO8601({ strict: true })
  to?: string;
}

export interface QueriedPeriod {
  from: Date;
  to: Date;
}

const LONGEST_PERIOD_MS = 100 * 366 * 86_400_000;

/**
 * The period that a query asks for.
 * @param defaultMs how long it is where `from` is missing
 */
export function periodOf({ from, to }: PeriodQuery, now: Date, defaultMs: number): QueriedPeriod {
  const end = to === undefined ? now : new Date(to);
  const start = from === undefined ? new Date(end.getTime() - defaultMs) : new Date(from);
  if (Number.isNaN(start.getTime()) || Number.isNaN(end.getTime())) {
    throw new BadRequestException('from, to: expected instants such as 2026-03-01T00:00:00Z');
  }
  if (start >= end) throw new BadRequestException('from must be before to');
  if (end.getTime() - start.getTime() > LONGEST_PERIOD_MS) {
    throw new BadRequestException('from and to are more than a hundred years apart');
  }
  return { from: start, to: end };
}
