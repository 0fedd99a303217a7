import { Controller, Get, Inject, Query } from '@nestjs/common';
import { Gap, Journal } from '@smart-meter/journal';
import type { Clock } from '@smart-meter/meter-adapter';
import { PeriodQuery, periodOf } from '@smart-meter/service';
import { GapKeeper } from '../collection/gap-keeper';
import type { Configuration } from '../configuration/configuration';
import { CLOCK, CONFIGURATION } from '../tokens';

export interface GapsAnswer {
  gaps: GapAnswer[];
  /** What is being filled now. */
  filling: { id: number; percent: number } | null;
}

export interface GapAnswer {
  id: number;
  from: string;
  to: string;
  state: Gap['state'];
  /** Why the readings are missing. */
  reason: string;
  filled_until: string | null;
  /** What the filling found out. */
  detail: string | null;
}

const DEFAULT_PERIOD_MS = 366 * 86_400_000;

@Controller('gaps')
export class GapsController {
  constructor(
    @Inject(Journal) private readonly journal: Journal,
    @Inject(GapKeeper) private readonly keeper: GapKeeper,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  gaps(@Query() query: PeriodQuery): GapsAnswer {
    const period = periodOf(query, this.clock.now(), DEFAULT_PERIOD_MS);
    const { progress } = this.keeper;
    return {
      gaps: this.journal.gaps.list({ meterId: this.configuration.meterId, ...period }).map(gapAnswer),
      filling: progress && { id: progress.gap.id, percent: Math.floor(progress.share * 100) },
    };
  }
}

function gapAnswer({ id, from, to, state, reason, filledUntil, detail }: Gap): GapAnswer {
  return {
    id,
    from: from.toISOString(),
    to: to.toISOString(),
    state,
    reason,
    filled_until: filledUntil?.toISOString() ?? null,
    detail,
  };
}
