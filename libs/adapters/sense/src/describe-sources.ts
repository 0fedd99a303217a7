import { CircuitReading, SourceDescription } from '@smart-meter/meter-adapter';
import { ALWAYS_ON_DEVICE_ID, DeviceInventory, UNKNOWN_DEVICE_ID } from './live/devices';
import { MainsState } from './live/live-update';
import { SenseMonitor } from './monitor';

export interface SenseSources {
  monitor: SenseMonitor;
  inventory: DeviceInventory | null;
  /** Of the latest reading. */
  circuits: readonly CircuitReading[];
  mains: MainsState | null;
  firmwareVersion: string | null;
}

const VIRTUAL_REASONS: Readonly<Record<string, string>> = {
  [ALWAYS_ON_DEVICE_ID]: 'the part of the consumption that never stops, as Sense estimates it',
  [UNKNOWN_DEVICE_ID]: 'what no recognised device explains: the circuits add up to the home with it',
};

export function describeSenseSources(sources: SenseSources): SourceDescription[] {
  const { monitor, inventory, circuits } = sources;
  const descriptions: SourceDescription[] = [
    {
      sourceId: `${monitor.id}/w`,
      name: monitor.name,
      role: 'home',
      reason: 'the consumption at the mains, solar power used at home included',
      unit: 'W',
      metadata: homeMetadata(sources),
    },
    {
      sourceId: `${monitor.id}/history/usage`,
      name: `${monitor.name} today`,
      role: 'daily_energy',
      reason: `the energy since midnight in the monitor's zone (${monitor.timeZone ?? 'not told'}), as Sense sums it up`,
      unit: 'kWh',
    },
  ];
  if (monitor.solarConfigured) {
    descriptions.push(
      {
        sourceId: `${monitor.id}/solar_w`,
        name: `${monitor.name} solar`,
        role: 'solar',
        reason: 'solar sensors are set up on this monitor; production counts as positive',
        unit: 'W',
      },
      {
        sourceId: `${monitor.id}/grid_w`,
        name: `${monitor.name} grid`,
        role: 'grid',
        reason: 'import is positive; where Sense leaves it out it is consumption less production',
        unit: 'W',
      },
    );
  }
  const plugs = new Set(inventory?.kept.filter(({ isPlug }) => isPlug).map(({ id }) => id));
  for (const { id, name } of circuits) {
    descriptions.push({
      sourceId: id,
      name,
      role: 'circuit',
      reason:
        VIRTUAL_REASONS[id] ??
        (plugs.has(id)
          ? 'a smart plug that measures for Sense'
          : 'a device that Sense recognises; 0 W while it is off'),
      unit: 'W',
      circuitId: id,
    });
  }
  for (const { id, name, reason } of inventory?.passedOver ?? []) {
    descriptions.push({ sourceId: id, name, role: 'none', reason: `passed over: ${reason}` });
  }
  return descriptions;
}

function homeMetadata({ monitor, mains, firmwareVersion }: SenseSources): Record<string, string> {
  const metadata: Record<string, string> = { manufacturer: 'Sense', monitorId: monitor.id };
  if (monitor.timeZone) metadata['timeZone'] = monitor.timeZone;
  if (firmwareVersion) metadata['firmware'] = firmwareVersion;
  if (!mains) return metadata;
  const listed = (values: readonly number[], unit: string) =>
    values.map((value) => `${value} ${unit}`).join(', ');
  if (mains.legPowerW.length > 0) metadata['legPower'] = listed(mains.legPowerW, 'W');
  if (mains.solarLegPowerW.length > 0) metadata['solarLegPower'] = listed(mains.solarLegPowerW, 'W');
  if (mains.legVoltageV.length > 0) metadata['legVoltage'] = listed(mains.legVoltageV, 'V');
  if (mains.frequencyHz !== null) metadata['frequency'] = `${mains.frequencyHz} Hz`;
  return metadata;
}
