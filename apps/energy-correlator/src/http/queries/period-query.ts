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

export interface PeriodMs {
  fromMs: number;
  toMs: number;
}

/**
 * The period that a query asks for.
 * @param defaultMs how long it is where `from` is missing
 */
export function periodOf({ from, to }: PeriodQuery, now: Date, defaultMs: number): PeriodMs {
  const toMs = to === undefined ? now.getTime() : new Date(to).getTime();
  const fromMs = from === undefined ? toMs - defaultMs : new Date(from).getTime();
  if (!Number.isFinite(fromMs) || !Number.isFinite(toMs)) {
    throw new BadRequestException('from, to: expected instants such as 2026-03-01T00:00:00Z');
  }
  if (fromMs >= toMs) throw new BadRequestException('from must be before to');
  return { fromMs, toMs };
}
