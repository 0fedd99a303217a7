import { emporiaMeter } from '@smart-meter/adapter-emporia';
import { homeAssistantMeter } from '@smart-meter/adapter-home-assistant';
import { homeWizardMeter } from '@smart-meter/adapter-homewizard';
import { senseMeter } from '@smart-meter/adapter-sense';
import { shellyMeter } from '@smart-meter/adapter-shelly';
import { simulatedMeter } from '@smart-meter/adapter-simulated';
import { tasmotaMeter } from '@smart-meter/adapter-tasmota';
import { MeterDefinition } from '@smart-meter/meter-adapter';

/** Every kind of meter that can be chosen: a new one is a line here. */
export const METER_CATALOGUE = [
  homeAssistantMeter,
  emporiaMeter,
  senseMeter,
  shellyMeter,
  homeWizardMeter,
  tasmotaMeter,
  simulatedMeter,
] as const satisfies readonly AnyMeterDefinition[];

/**
 * A definition whose settings are not known here.
 * `create` is contravariant in them, so only a caller that has read the matching settings may call it.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyMeterDefinition = MeterDefinition<any>;

export function meterTypes(): string[] {
  return METER_CATALOGUE.map(({ meterType }) => meterType).sort();
}

export function findMeterDefinition(meterType: string): AnyMeterDefinition | undefined {
  return METER_CATALOGUE.find((definition) => definition.meterType === meterType);
}
