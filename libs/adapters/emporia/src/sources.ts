import { SourceDescription } from '@smart-meter/meter-adapter';
import { deviceName, Inventory } from './inventory';
import { Layout } from './layout';

/** What every channel is used for, and why. */
export function describeCircuits({ devices }: Inventory, layout: Layout): SourceDescription[] {
  const known = new Map(devices.map((device) => [device.gid, device]));
  return layout.circuits.map((circuit) => {
    const device = known.get(circuit.gid);
    return {
      sourceId: circuit.id,
      name: circuit.name,
      role: circuit.role,
      reason: circuit.sign === -1 ? `${circuit.reason} Its sign is turned, as configured.` : circuit.reason,
      unit: 'kWh',
      ...(circuit.listed ? { circuitId: circuit.id } : {}),
      ...(circuit.parentId === null ? {} : { parentId: circuit.parentId }),
      metadata: {
        manufacturer: 'Emporia',
        ...(device ? { device: deviceName(device) } : {}),
        ...(device?.model ? { model: device.model } : {}),
        ...(circuit.chartChannel === null ? { history: 'none' } : {}),
      },
    };
  });
}
