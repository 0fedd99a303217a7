import { Controller, Get, Inject } from '@nestjs/common';
import type { Clock, MeterReading } from '@smart-meter/meter-adapter';
import { Consumption } from '../collection/consumption';
import { FetchStatistics } from '../collection/fetch-statistics';
import { CLOCK } from '../tokens';

export interface ConsumptionAnswer {
  total_power_w: number | null;
  daily_kwh: number | null;
  grid_power_w?: number | null;
  solar_power_w?: number | null;
  battery_power_w?: number | null;
  circuits: CircuitAnswer[];
  /** The instant that the values are true for, UTC. */
  timestamp: string;
  provenance: MeterReading['provenance'];
  age_seconds: number;
  warnings: readonly string[];
  /** Sources that have not been heard of for too long. */
  stale: { source: string; last_reported: string }[];
}

export interface CircuitAnswer {
  id: string;
  name: string;
  /** For Home Assistant. */
  entity_id?: string;
  power_w: number | null;
  percentage: number | null;
  daily_kwh?: number | null;
  parent_id?: string;
}

const ENTITY_ID = /^[a-z_]+\.[a-z0-9_]+$/;

@Controller('consumption')
export class ConsumptionController {
  constructor(
    @Inject(Consumption) private readonly consumption: Consumption,
    @Inject(FetchStatistics) private readonly statistics: FetchStatistics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  async current(): Promise<ConsumptionAnswer> {
    const reading = await this.consumption.current();
    return {
      ...homeAnswer(reading),
      circuits: reading.circuits.map((circuit) => ({
        id: circuit.id,
        name: circuit.name,
        ...(ENTITY_ID.test(circuit.name) ? { entity_id: circuit.name } : {}),
        power_w: circuit.powerW,
        percentage: circuit.percentage ?? null,
        ...(circuit.dailyKwh === undefined ? {} : { daily_kwh: circuit.dailyKwh }),
        ...(circuit.parentId === undefined ? {} : { parent_id: circuit.parentId }),
      })),
      timestamp: reading.observedAt.toISOString(),
      provenance: reading.provenance,
      age_seconds: Math.max(0, (this.clock.now().getTime() - reading.observedAt.getTime()) / 1000),
      warnings: this.statistics.warnings,
      stale: this.statistics.stale.map(({ sourceId, lastReportedAt }) => ({
        source: sourceId,
        last_reported: lastReportedAt.toISOString(),
      })),
    };
  }
}

function homeAnswer(reading: MeterReading) {
  const { totalPowerW, dailyKwh, gridPowerW, solarPowerW, batteryPowerW } = reading;
  return {
    total_power_w: totalPowerW ?? null,
    daily_kwh: dailyKwh ?? null,
    ...(gridPowerW === undefined ? {} : { grid_power_w: gridPowerW }),
    ...(solarPowerW === undefined ? {} : { solar_power_w: solarPowerW }),
    ...(batteryPowerW === undefined ? {} : { battery_power_w: batteryPowerW }),
  };
}
