import { Household } from '@smart-meter/household';
import { createHash } from 'node:crypto';

/** How a Sense monitor sees the appliances of a home. */
export interface SensedDevice {
  readonly id: string;
  readonly name: string;
  readonly icon: string;
  readonly tags: Readonly<Record<string, string>>;
  /** The appliances behind it, in the home's own names. */
  readonly applianceIds: readonly string[];
}

const ALWAYS_ON = ['router', 'bedroom_standby', 'base_load'];
const ON_PLUGS = ['tv', 'computer', 'washing_machine'];
/** Too small or too odd for Sense to recognise: they make up "Other". */
const NOT_RECOGNISED = [
  'living_room_ceiling',
  'floor_lamp',
  'reading_lamp',
  'kitchen_ceiling',
  'desk_lamp',
  'bedroom_ceiling',
  'bedside_lamp',
  'bathroom_mirror',
  'hallway',
  'iron',
  'robot_vacuum',
  'printer',
  'audio_receiver',
];

/** Recognised devices, then `always_on`, then `unknown`; together they draw what the home draws. */
export function sensedDevices(household: Household): SensedDevice[] {
  const appliances = household.circuits.filter(({ parentId }) => parentId !== null);
  const devices: SensedDevice[] = [];
  for (const { id, name } of appliances) {
    if (ALWAYS_ON.includes(id) || NOT_RECOGNISED.includes(id)) continue;
    const isPlug = ON_PLUGS.includes(id);
    devices.push({
      id: isPlug ? `plug-${hex(id)}` : hex(id),
      name,
      icon: isPlug ? 'plug' : 'appliance',
      tags: isPlug
        ? {
            DefaultUserDeviceType: 'SmartPlug',
            SmartPlugModel: 'TP-Link HS110',
            DateCreated: '2024-05-01T10:00:00.000Z',
            UserDeleted: 'false',
          }
        : { UserDeviceType: name, DeviceListAllowed: 'true', DateCreated: '2023-02-11T08:00:00.000Z' },
      applianceIds: [id],
    });
  }
  const among = (ids: readonly string[]) => appliances.map(({ id }) => id).filter((id) => ids.includes(id));
  devices.push(
    { id: 'always_on', name: 'Always On', icon: 'alwayson', tags: {}, applianceIds: among(ALWAYS_ON) },
    { id: 'unknown', name: 'Other', icon: 'home', tags: {}, applianceIds: among(NOT_RECOGNISED) },
  );
  return devices;
}

/** What an account gathers over the years and no list should show. */
export function leftoverDevices(devices: readonly SensedDevice[]): Omit<SensedDevice, 'applianceIds'>[] {
  const plug = devices.find(({ tags }) => 'SmartPlugModel' in tags);
  const leftover = (id: string, name: string, tags: Record<string, string>) => ({
    id,
    name,
    icon: 'stove',
    tags,
  });
  return [
    leftover('merged01', 'Heat 3', { MergeId: devices[0]?.id ?? '', DeviceListAllowed: 'true' }),
    leftover('deleted1', 'Old radio', { UserDeleted: 'true' }),
    leftover('secret01', 'Motor 7', { DeviceListAllowed: 'false' }),
    ...(plug
      ? [leftover('plug-old0', plug.name, { ...plug.tags, DateCreated: '2021-01-05T10:00:00.000Z' })]
      : []),
  ];
}

function hex(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
