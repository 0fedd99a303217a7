import { Controller, Get, Inject, Query } from '@nestjs/common';
import type { Clock } from '@smart-meter/meter-adapter';
import { NumberParameter, periodOf } from '@smart-meter/service';
import { IsNumber, IsOptional, Length, Max, Min } from 'class-validator';
import { AnswerStore } from '../correlation/answer-store';
import { CLOCK } from '../tokens';
import { CorrelationAnswer, correlationAnswer } from './answer-json';
import { cursorOf, nextCursor, PageQuery } from './queries/page-query';

export class CorrelationsQuery extends PageQuery {
  @IsOptional()
  @Length(1, 255)
  entity?: string;

  @IsOptional()
  @Length(1, 255)
  domain?: string;

  /** Only attributed changes of at least so many W, up or down. */
  @IsOptional()
  @NumberParameter()
  @IsNumber()
  @Min(0)
  min_delta?: number;

  @IsOptional()
  @NumberParameter()
  @IsNumber()
  @Min(0)
  @Max(1)
  min_confidence?: number;
}

export interface CorrelationsAnswer {
  from: string;
  to: string;
  /** Newest first. */
  correlations: CorrelationAnswer[];
  next_cursor: string | null;
}

const DAY_MS = 86_400_000;

@Controller()
export class CorrelationsController {
  constructor(
    @Inject(AnswerStore) private readonly answers: AnswerStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get('correlations')
  correlations(@Query() query: CorrelationsQuery): CorrelationsAnswer {
    const { from, to } = periodOf(query, this.clock.now(), DAY_MS);
    const { entity, domain, min_delta, min_confidence, limit } = query;
    const page = this.answers.newest({
      fromMs: from.getTime(),
      toMs: to.getTime(),
      entityId: entity,
      domain,
      minDeltaW: min_delta,
      minConfidence: min_confidence,
      after: cursorOf(query.cursor),
      limit,
    });
    return {
      from: from.toISOString(),
      to: to.toISOString(),
      correlations: page.map(correlationAnswer),
      next_cursor: nextCursor(page, limit),
    };
  }

  /** Events whose change has left what was learned of their entity. */
  @Get('anomalies')
  anomalies(@Query() query: PageQuery) {
    const { from, to } = periodOf(query, this.clock.now(), 7 * DAY_MS);
    const page = this.answers.unusual({
      fromMs: from.getTime(),
      toMs: to.getTime(),
      after: cursorOf(query.cursor),
      limit: query.limit,
    });
    return {
      from: from.toISOString(),
      to: to.toISOString(),
      anomalies: page.map(correlationAnswer),
      next_cursor: nextCursor(page, query.limit),
    };
  }
}
