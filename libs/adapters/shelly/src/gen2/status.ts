import { isJsonObject, JsonObject, numberOrNull, sumOrNull } from '@smart-meter/meter-adapter';
import { ChannelSample, PhaseSample } from '../channel';

const PHASES = ['a', 'b', 'c'] as const;

/** A partial status laid over a whole one: what is null has disappeared. */
export function mergeStatus(status: JsonObject, changes: JsonObject): JsonObject {
  const merged: Record<string, unknown> = { ...status };
  for (const [key, value] of Object.entries(changes)) {
    const known = merged[key];
    if (value === null) delete merged[key];
    else merged[key] = isJsonObject(value) && isJsonObject(known) ? mergeStatus(known, value) : value;
  }
  return merged;
}

/** Every channel that measures, from the answer of `Shelly.GetStatus`, in the order of their names. */
export function parseGen2Status(status: JsonObject): ChannelSample[] {
  const samples: ChannelSample[] = [];
  for (const [component, values] of Object.entries(status)) {
    const [, kind, id] = /^(em|em1|pm1|switch|cover|light):(\d+)$/.exec(component) ?? [];
    if (kind === undefined || !isJsonObject(values)) continue;
    if (kind === 'em') samples.push(threePhases(component, values, status[`emdata:${id}`]));
    else if (kind === 'em1') samples.push(oneClamp(component, values, status[`em1data:${id}`]));
    else if ('apower' in values) samples.push(meteredSwitch(component, values));
  }
  return samples.sort((a, b) => a.component.localeCompare(b.component));
}

function threePhases(component: string, values: JsonObject, counters: unknown): ChannelSample {
  const faults = errorsOf(values['errors']);
  const isBroken = faults.some(spoilsValues);
  const named = PHASES.filter((phase) => `${phase}_act_power` in values || `${phase}_voltage` in values);
  const phases = named.map((phase): PhaseSample => {
    const phaseFaults = errorsOf(values[`${phase}_errors`]);
    faults.push(...phaseFaults.map((fault) => `phase ${phase.toUpperCase()}: ${fault}`));
    const isUnknown = isBroken || phaseFaults.some(spoilsValues);
    return { phase, powerW: isUnknown ? null : numberOrNull(values[`${phase}_act_power`]) };
  });
  const isSpoilt = isBroken || PHASES.some((phase) => errorsOf(values[`${phase}_errors`]).some(spoilsValues));
  const energy = isJsonObject(counters) ? counters : {};
  return {
    component,
    // Not what the device says of the sum: a partial update may bring the phases without it.
    powerW: isSpoilt
      ? null
      : phases.length > 0
        ? sumOrNull(phases.map(({ powerW }) => powerW))
        : numberOrNull(values['total_act_power']),
    phases,
    importKwh: kwh(energy['total_act']),
    exportKwh: kwh(energy['total_act_ret']),
    faults,
  };
}

function oneClamp(component: string, values: JsonObject, counters: unknown): ChannelSample {
  const faults = errorsOf(values['errors']);
  const energy = isJsonObject(counters) ? counters : {};
  return {
    component,
    powerW: faults.some(spoilsValues) ? null : numberOrNull(values['act_power']),
    phases: [],
    importKwh: kwh(energy['total_act_energy']),
    exportKwh: kwh(energy['total_act_ret_energy']),
    faults,
  };
}

/** Where both directions are counted, `aenergy` holds them together. */
function meteredSwitch(component: string, values: JsonObject): ChannelSample {
  const faults = errorsOf(values['errors']);
  const totalOf = (energy: unknown) => (isJsonObject(energy) ? kwh(energy['total']) : null);
  const bothKwh = totalOf(values['aenergy']);
  const exportKwh = isJsonObject(values['ret_aenergy']) ? totalOf(values['ret_aenergy']) : 0;
  return {
    component,
    powerW: faults.some(spoilsValues) ? null : numberOrNull(values['apower']),
    phases: [],
    importKwh: bothKwh === null || exportKwh === null ? null : bothKwh - exportKwh,
    exportKwh,
    faults,
  };
}

function errorsOf(errors: unknown): string[] {
  return Array.isArray(errors) ? errors.filter((error) => typeof error === 'string') : [];
}

/** `power_meter_failure`, `out_of_range:act_power`, ...; a wrong current or order of phases leaves the power right. */
function spoilsValues(error: string): boolean {
  return /power/.test(error) && !/aprt|apparent/.test(error);
}

function kwh(wh: unknown): number | null {
  const value = numberOrNull(wh);
  return value === null ? null : value / 1000;
}
