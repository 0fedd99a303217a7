import { Controller, Get, Inject, Query, ServiceUnavailableException } from '@nestjs/common';
import { toMeterError } from '@smart-meter/meter-adapter';
import type { Clock } from '@smart-meter/meter-adapter';
import { PeriodQuery, periodOf } from '@smart-meter/service';
import { CLOCK } from '../tokens';
import { CORRELATOR } from './correlator.providers';
import type { CorrelatorClient } from './correlator-client';

export interface CorrelationsAnswer {
  /** Whether there is a correlator to ask. */
  configured: boolean;
  /** Newest first. */
  correlations: CorrelationAnswer[];
}

export interface CorrelationAnswer {
  timestamp: string;
  entity_id: string;
  state: string;
  /** What the event did to the power, W. */
  power_delta_w: number;
  /** From 0 to 1. */
  confidence: number | null;
  /** Later power may still change it. */
  provisional: boolean;
}

const DEFAULT_PERIOD_MS = 24 * 60 * 60_000;
const TIMEOUT_MS = 10_000;

@Controller('correlations')
export class CorrelationsController {
  constructor(
    @Inject(CORRELATOR) private readonly correlator: CorrelatorClient | null,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Which home events changed the power, by the word of energy-correlator. */
  @Get()
  async correlations(@Query() query: PeriodQuery): Promise<CorrelationsAnswer> {
    const period = periodOf(query, this.clock.now(), DEFAULT_PERIOD_MS);
    if (!this.correlator) return { configured: false, correlations: [] };
    try {
      const events = await this.correlator.events(period, AbortSignal.timeout(TIMEOUT_MS));
      return {
        configured: true,
        correlations: events.map(({ at, entityId, state, powerDeltaW, confidence, provisional }) => ({
          timestamp: at.toISOString(),
          entity_id: entityId,
          state,
          power_delta_w: powerDeltaW,
          confidence,
          provisional,
        })),
      };
    } catch (error) {
      throw new ServiceUnavailableException(toMeterError(error, 'asking energy-correlator').message);
    }
  }
}
