import { Controller, Get, Inject, ServiceUnavailableException } from '@nestjs/common';
import { describesSources, SourceDescription, toMeterError } from '@smart-meter/meter-adapter';
import type { ChosenMeter } from '../meters/choose-meter';
import { METER } from '../tokens';

export interface SourcesAnswer {
  meter_type: string;
  sources: SourceAnswer[];
}

export interface SourceAnswer {
  source: string;
  name: string;
  role: SourceDescription['role'];
  /** Why it has this role, or why it was passed over. */
  reason: string;
  unit: string | null;
  circuit_id: string | null;
  parent_id: string | null;
  metadata: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 20_000;

@Controller('sources')
export class SourcesController {
  constructor(@Inject(METER) private readonly chosen: ChosenMeter) {}

  @Get()
  async sources(): Promise<SourcesAnswer> {
    const { meter } = this.chosen;
    if (!describesSources(meter)) return { meter_type: meter.meterType, sources: [] };
    try {
      const sources = await meter.describeSources(AbortSignal.timeout(TIMEOUT_MS));
      return { meter_type: meter.meterType, sources: sources.map(sourceAnswer) };
    } catch (error) {
      throw new ServiceUnavailableException(toMeterError(error, 'asking the meter for its sources').message);
    }
  }
}

function sourceAnswer(source: SourceDescription): SourceAnswer {
  const { sourceId, name, role, reason, unit, circuitId, parentId, metadata } = source;
  return {
    source: sourceId,
    name,
    role,
    reason,
    unit: unit ?? null,
    circuit_id: circuitId ?? null,
    parent_id: parentId ?? null,
    metadata: metadata ?? {},
  };
}
