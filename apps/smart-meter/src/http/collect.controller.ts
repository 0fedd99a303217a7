import { Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { FetchStatistics } from '../collection/fetch-statistics';
import { MeterPoller } from '../collection/meter-poller';

export interface CollectAnswer {
  /** Whether the meter answered; else `error` says why not. */
  ok: boolean;
  error: { code: string; message: string } | null;
}

const TIMEOUT_MS = 60_000;

@Controller('collect')
export class CollectController {
  constructor(
    @Inject(MeterPoller) private readonly poller: MeterPoller,
    @Inject(FetchStatistics) private readonly statistics: FetchStatistics,
  ) {}

  /** Reads the meter now. */
  @Post()
  @HttpCode(200)
  async collect(): Promise<CollectAnswer> {
    await this.poller.collectOnce(AbortSignal.timeout(TIMEOUT_MS));
    const { lastError } = this.statistics;
    return {
      ok: lastError === null,
      error: lastError && { code: lastError.code, message: lastError.message },
    };
  }
}
