import { Controller, Get, Inject, NotFoundException, Param, Query } from '@nestjs/common';
import { CorrelationEngine, MAINS } from '@smart-meter/correlation';
import { Journal, SeriesQuantity } from '@smart-meter/journal';
import type { Clock } from '@smart-meter/meter-adapter';
import { NumberParameter, PeriodQuery, periodOf } from '@smart-meter/service';
import { IsInt, IsOptional, Max, MaxLength, Min } from 'class-validator';
import { AnswerStore } from '../correlation/answer-store';
import { Processor } from '../correlation/processor';
import { Impact, impactOf, ImpactPeriod, rangeOf, StateImpact } from '../devices/impact';
import { PowerTrace } from '../devices/drawing-time';
import { POWER_METER_ID } from '../power/power-samples';
import { Tariff } from '../devices/tariff';
import { EntityPriors, priorOf } from '../priors/entity-priors';
import { EnergyPrices } from '../prices/energy-prices';
import { CLOCK } from '../tokens';

export class EntityPath {
  @MaxLength(255)
  entity_id!: string;
}

export class TopConsumersQuery extends PeriodQuery {
  @IsOptional()
  @NumberParameter()
  @IsInt()
  @Min(1)
  @Max(500)
  limit: number = 10;
}

const DAY_MS = 86_400_000;
const DEFAULT_PERIOD_MS = 7 * DAY_MS;
/** What was switched on before a period is looked for this far back, ms. */
const RUN_REACH_MS = 2 * DAY_MS;

@Controller()
export class DevicesController {
  constructor(
    @Inject(Journal) private readonly journal: Journal,
    @Inject(AnswerStore) private readonly answers: AnswerStore,
    @Inject(Processor) private readonly processor: Processor,
    @Inject(EnergyPrices) private readonly prices: EnergyPrices,
    @Inject(EntityPriors) private readonly priors: EntityPriors,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get('devices')
  devices() {
    return {
      devices: this.answers.entities().map(({ entityId, domain, events, firstAtMs, lastAtMs }) => ({
        entity_id: entityId,
        domain,
        events,
        first_event: new Date(firstAtMs).toISOString(),
        last_event: new Date(lastAtMs).toISOString(),
        prior: this.prior(entityId),
        learned: this.learned(entityId),
      })),
    };
  }

  @Get('devices/:entity_id/impact')
  impact(@Param() { entity_id: entityId }: EntityPath, @Query() query: PeriodQuery) {
    const domain = this.answers.domainOf(entityId);
    if (domain === undefined) throw new NotFoundException(`no event of ${entityId} has been answered yet`);
    const period = this.period(query);
    const tariff = this.tariff(period);
    return {
      entity_id: entityId,
      domain,
      ...this.frame(period),
      ...impactJson(this.impactOf(entityId, period, tariff)),
      prior: this.prior(entityId),
      learned: this.learned(entityId),
    };
  }

  @Get('top-consumers')
  topConsumers(@Query() query: TopConsumersQuery) {
    const period = this.period(query);
    const tariff = this.tariff(period);
    const consumers = this.answers
      .entities()
      .map(({ entityId, domain }) => ({ entityId, domain, impact: this.impactOf(entityId, period, tariff) }))
      .filter(({ impact }) => impact.energyKwh > 0)
      .sort((a, b) => b.impact.energyKwh - a.impact.energyKwh)
      .slice(0, query.limit);
    return {
      ...this.frame(period),
      consumers: consumers.map(({ entityId, domain, impact }) => ({
        entity_id: entityId,
        domain,
        energy_kwh: impact.energyKwh,
        cost: impact.cost,
        energy_without_price_kwh: impact.energyWithoutPriceKwh,
        on_time_s: impact.onTimeS,
        power_w: impact.states[0]?.power?.powerW ?? null,
      })),
    };
  }

  private period(query: PeriodQuery): ImpactPeriod {
    const until = this.processor.processedUntil ?? this.clock.now();
    const period = periodOf(query, until, DEFAULT_PERIOD_MS);
    const fromMs = period.from.getTime();
    // Nothing is known of what has not been processed: what is on is not on into the future.
    return { fromMs, toMs: Math.max(fromMs, Math.min(period.to.getTime(), until.getTime())) };
  }

  private frame({ fromMs, toMs }: ImpactPeriod) {
    return {
      from: new Date(fromMs).toISOString(),
      to: new Date(toMs).toISOString(),
      currency: this.prices.currency,
      price_source: this.prices.status.source,
    };
  }

  private tariff({ fromMs, toMs }: ImpactPeriod): Tariff | null {
    return this.prices.tariff(fromMs, toMs);
  }

  private impactOf(entityId: string, period: ImpactPeriod, tariff: Tariff | null): Impact {
    const answers = [...this.answers.ofEntity(entityId, period.fromMs - RUN_REACH_MS, period.toMs)];
    const trace: PowerTrace = (fromMs, toMs) => this.traceOf(answers.at(-1)?.channel ?? MAINS, fromMs, toMs);
    return impactOf(answers, period, { tariff, trace });
  }

  private traceOf(channel: string, fromMs: number, toMs: number) {
    const { journal } = this;
    const find = (quantity: SeriesQuantity, circuitId: string | null) =>
      journal.findSeries({ meterId: POWER_METER_ID, quantity, circuitId });
    const series =
      channel === MAINS
        ? (find('totalPowerW', null) ?? find('gridPowerW', null))
        : find('circuitPowerW', channel);
    // Behind solar the grid does not tell what the home draws.
    const isNetted = series?.quantity === 'gridPowerW' && find('solarPowerW', null) !== undefined;
    if (!series || isNetted) return [];
    return journal
      .samples(series.id, { from: new Date(fromMs), to: new Date(toMs) })
      .map(({ atMs, value }) => ({ atMs, powerW: value }));
  }

  /** What was expected before the first event, and why. */
  private prior(entityId: string) {
    const profile = this.priors.profileOf(entityId);
    if (profile === null) return { source: 'domain' };
    const { powerW, sdW } = priorOf(profile);
    return {
      source: 'powercalc',
      profile: profile.name,
      power_w: powerW,
      sd_w: sdW ?? null,
      standby_w: profile.standbyW,
    };
  }

  private learned(entityId: string) {
    const { method } = this.processor;
    if (!(method instanceof CorrelationEngine)) return [];
    return method
      .effects()
      .filter((effect) => effect.entityId === entityId)
      .map(({ family, effectProbability, events, powers }) => ({
        family,
        effect_probability: effectProbability,
        events,
        powers: powers.map(({ powerW, sdW, uses }) => ({ power_w: powerW, sd_w: sdW, uses })),
      }));
  }
}

function impactJson(impact: Impact) {
  return {
    events: impact.events,
    attributed_events: impact.attributedEvents,
    switched_on: impact.switchedOn,
    on_time_s: impact.onTimeS,
    drawing_time_s: impact.drawingTimeS,
    on_time_without_power_s: impact.onTimeWithoutPowerS,
    energy_kwh: impact.energyKwh,
    energy_low_kwh: impact.lowKwh,
    energy_high_kwh: impact.highKwh,
    cost: impact.cost,
    energy_without_price_kwh: impact.energyWithoutPriceKwh,
    states: impact.states.map(stateJson),
  };
}

function stateJson({ state, levelTenths, power, onTimeS }: StateImpact) {
  const range = power && rangeOf(power);
  return {
    state,
    level_percent: levelTenths === null ? null : levelTenths * 10,
    power_w: power?.powerW ?? null,
    low_w: range?.lowW ?? null,
    high_w: range?.highW ?? null,
    evidence: power?.count ?? 0,
    on_time_s: onTimeS,
  };
}
