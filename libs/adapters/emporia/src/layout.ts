import { SourceRole } from '@smart-meter/meter-adapter';
import { chartChannel, circuitId, isVirtual, MAINS } from './channel-key';
import { ancestry, CHANNEL_TYPE, deviceName, EmporiaChannel, EmporiaDevice, Inventory } from './inventory';
import { ChannelUsage } from './usage';

/** One channel and what this meter makes of it. */
export interface Circuit {
  id: string;
  gid: number;
  key: string;
  name: string;
  role: SourceRole;
  reason: string;
  /** Whether readings list it as a circuit. The mains of the only panel is the home itself. */
  listed: boolean;
  /** Whether it counts towards the quantity of its role; no circuit counts together with one that it is a part of. */
  counts: boolean;
  parentId: string | null;
  /** −1 where the owner says that the clamp is the wrong way round. */
  sign: 1 | -1;
  /** Whether it can only consume, so that a negative value is a clamp the wrong way round. */
  absolute: boolean;
  /** What the history calls it; null where it has none. */
  chartChannel: string | null;
  /** IANA; decides when its day begins. */
  timeZone: string;
}

export interface Layout {
  circuits: Circuit[];
  /** What is odd but not an error, a sentence each. */
  warnings: string[];
}

/** What the owner says about the home. */
export interface LayoutOptions {
  /** Circuits whose clamp is the wrong way round. */
  invertedCircuits: ReadonlySet<string>;
  /** IANA; of devices whose own is not known. */
  timeZone: string;
}

interface Draft {
  facts: Omit<Circuit, 'name' | 'parentId'>;
  device: EmporiaDevice;
  ownName: string | null;
  /** What it is a part of, listed or not. */
  behindId: string | null;
}

const COMPUTED_CIRCUIT = 'Balance';

/** Decides for every channel what it stands for. Channels come from the inventory and from what was measured. */
export function layOut(
  inventory: Inventory,
  usages: ReadonlyMap<string, ChannelUsage>,
  options: LayoutOptions,
): Layout {
  const devices = placeDevices(inventory, usages);
  const known = new Map(devices.map((device) => [device.gid, device]));
  const home = homePanels(devices, known);
  const drafts: Draft[] = [];
  for (const device of devices) {
    for (const channel of channelsOf(device, usages)) {
      drafts.push(draftCircuit(device, channel, home, known, usages, options));
    }
  }
  const byId = new Map(drafts.map((draft) => [draft.facts.id, draft]));
  const names = uniqueNames(drafts);
  const circuits = drafts.map((draft): Circuit => {
    const { id, role, counts } = draft.facts;
    const above = ancestors(draft, byId).map(({ facts }) => facts);
    return {
      ...draft.facts,
      name: names.get(id) ?? id,
      parentId: above.find(({ listed }) => listed)?.id ?? null,
      counts: counts && !above.some((ancestor) => ancestor.counts && ancestor.role === role),
    };
  });
  return { circuits, warnings: layoutWarnings(devices, home, circuits) };
}

/** What was measured shows what sits behind what, also where the list of devices does not say so. */
function placeDevices({ devices }: Inventory, usages: ReadonlyMap<string, ChannelUsage>): EmporiaDevice[] {
  const placed = devices.map((device) => ({
    ...device,
    parent: usages.get(circuitId(device.gid, MAINS))?.parent ?? device.parent,
  }));
  const known = new Map(placed.map((device) => [device.gid, device]));
  const isInCircle = (device: EmporiaDevice) => ancestry(device, known).at(-1)?.parent?.gid === device.gid;
  return placed.map((device) => (isInCircle(device) ? { ...device, parent: null } : device));
}

/**
 * The panels whose mains make up the home: those behind no other device. Where a panel is clamped, a utility
 * meter or an unknown device that sees the same current must not be added to it.
 */
function homePanels(
  devices: readonly EmporiaDevice[],
  known: ReadonlyMap<number, EmporiaDevice>,
): Set<number> {
  const roots = devices.filter(
    (device) =>
      !device.isAppliance && ancestry(device, known).length === 1 && !known.has(device.secondOf ?? -1),
  );
  const rank = (device: EmporiaDevice) =>
    /^VUE/i.test(device.model ?? '') ? 0 : /^[0XAF]/i.test(device.serial ?? '') ? 1 : 2;
  const best = Math.min(...roots.map(rank));
  return new Set(roots.filter((device) => rank(device) === best).map(({ gid }) => gid));
}

function channelsOf(device: EmporiaDevice, usages: ReadonlyMap<string, ChannelUsage>): EmporiaChannel[] {
  const listed = new Set(device.channels.map(({ key }) => key));
  const measured = [...usages.values()].filter(({ gid, key }) => gid === device.gid && !listed.has(key));
  return [
    ...device.channels,
    ...measured.map(({ key, name }): EmporiaChannel => ({
      key,
      name: isVirtual(key) ? null : name,
      typeGid: null,
      kind: key === MAINS ? 'main' : 'other',
      parentKey: null,
    })),
  ];
}

function draftCircuit(
  device: EmporiaDevice,
  channel: EmporiaChannel,
  home: ReadonlySet<number>,
  known: ReadonlyMap<number, EmporiaDevice>,
  usages: ReadonlyMap<string, ChannelUsage>,
  { invertedCircuits, timeZone }: LayoutOptions,
): Draft {
  const { key } = channel;
  const id = circuitId(device.gid, key);
  const isHome = key === MAINS && home.has(device.gid);
  const { role, reason } = roleOf(device, channel, isHome, known);
  // Unused clamps and the parts of a merged circuit are on the list of devices, but Emporia tells nothing of them.
  // Solar or battery power that is not told is unknown nevertheless, for the total needs it.
  const isPart = channel.parentKey !== null && channel.parentKey !== MAINS;
  const isNeeded = role !== 'circuit' && !isPart;
  const isReported = usages.has(id) || ![...usages.values()].some(({ gid }) => gid === device.gid);
  const ownName = channel.name ?? (isVirtual(key) || key === MAINS ? null : (usages.get(id)?.name ?? null));
  return {
    device,
    ownName,
    behindId: behind(device, channel),
    facts: {
      id,
      gid: device.gid,
      key,
      role,
      reason,
      listed: isReading(role) && (isReported || isNeeded) && !(isHome && home.size === 1),
      counts: role === 'home' || role === 'solar' || role === 'battery',
      sign: invertedCircuits.has(id) ? -1 : 1,
      absolute: role === 'circuit' && channel.kind === 'branch',
      chartChannel: chartChannel(key),
      timeZone: device.timeZone ?? known.get(device.parent?.gid ?? -1)?.timeZone ?? timeZone,
    },
  };
}

const isReading = (role: SourceRole) => role !== 'none' && role !== 'grid';

/** The circuit that contains a channel: a circuit of the same panel, its mains, or what the panel sits behind. */
function behind(device: EmporiaDevice, channel: EmporiaChannel): string | null {
  if (channel.key !== MAINS) {
    const parentKey = channel.parentKey === channel.key ? null : channel.parentKey;
    return circuitId(device.gid, parentKey ?? MAINS);
  }
  if (device.parent) return circuitId(device.parent.gid, device.parent.key);
  return device.secondOf === null ? null : circuitId(device.secondOf, MAINS);
}

function roleOf(
  device: EmporiaDevice,
  channel: EmporiaChannel,
  isHome: boolean,
  known: ReadonlyMap<number, EmporiaDevice>,
): { role: SourceRole; reason: string } {
  const { key, kind } = channel;
  if (isHome) return { role: 'home', reason: 'The mains of a panel that sits behind no other device.' };
  if (key === MAINS && known.has(device.secondOf ?? -1)) {
    return {
      role: 'none',
      reason: 'The second of two units on one panel: the first one already measures its mains.',
    };
  }
  if (key === MAINS && !device.parent && !device.isAppliance) {
    return {
      role: 'none',
      reason: 'It sees the same current as the clamped panel, which is used for the home.',
    };
  }
  if (key === COMPUTED_CIRCUIT) {
    return device.combined || [...known.values()].some(({ secondOf }) => secondOf === device.gid)
      ? { role: 'none', reason: 'Emporia computes the balance of two combined units wrongly.' }
      : {
          role: 'circuit',
          reason: 'What the panel draws beyond its monitored circuits, computed by Emporia.',
        };
  }
  if (key === 'MainsFromGrid' || key === 'MainsToGrid') {
    return {
      role: 'grid',
      reason:
        "Today's import or export energy; by the minute the sign of the mains tells them apart, as this sum is dependable by the day alone.",
    };
  }
  if (isVirtual(key))
    return {
      role: 'none',
      reason: 'A sum that Emporia computes from other channels: counting it would count them twice.',
    };
  if (feeds(device, channel, CHANNEL_TYPE.solar))
    return { role: 'solar', reason: 'Its type in the Emporia app is Solar/Generation.' };
  if (feeds(device, channel, CHANNEL_TYPE.battery))
    return { role: 'battery', reason: 'Its type in the Emporia app is Battery.' };
  if (kind === 'merged') return { role: 'circuit', reason: 'Circuits that were merged in the Emporia app.' };
  if (key === MAINS) return { role: 'circuit', reason: 'A device behind a panel.' };
  return { role: 'circuit', reason: 'A clamp on a circuit of the panel.' };
}

/** Whether a channel is of a type, or merged from nothing but channels of it. */
function feeds(device: EmporiaDevice, { key, kind, typeGid }: EmporiaChannel, type: number): boolean {
  if (typeGid === type) return true;
  const parts = device.channels.filter(({ parentKey }) => parentKey === key);
  return kind === 'merged' && parts.length > 0 && parts.every((part) => part.typeGid === type);
}

/** What a circuit is a part of, nearest first. */
function ancestors(draft: Draft, drafts: ReadonlyMap<string, Draft>): Draft[] {
  const line: Draft[] = [];
  let current = drafts.get(draft.behindId ?? '');
  while (current && current !== draft && !line.includes(current)) {
    line.push(current);
    current = drafts.get(current.behindId ?? '');
  }
  return line;
}

/** Names become tags in databases, where two circuits of one name would overwrite each other. */
function uniqueNames(drafts: readonly Draft[]): Map<string, string> {
  const uses = new Map<string, number>();
  for (const draft of drafts) {
    const name = plainName(draft);
    if (draft.facts.listed) uses.set(name, (uses.get(name) ?? 0) + 1);
  }
  return new Map(
    drafts.map((draft) => {
      const name = plainName(draft);
      const { id, gid, key } = draft.facts;
      return [id, (uses.get(name) ?? 0) > 1 ? `${name} (${deviceName(draft.device)} ${gid}-${key})` : name];
    }),
  );
}

function plainName({ ownName, device, facts: { key } }: Draft): string {
  if (ownName !== null) return ownName;
  return key === MAINS ? deviceName(device) : `${deviceName(device)}-${key}`;
}

function layoutWarnings(
  devices: readonly EmporiaDevice[],
  home: ReadonlySet<number>,
  circuits: readonly Circuit[],
): string[] {
  const warnings: string[] = [];
  if (devices.length === 0)
    warnings.push('The Emporia account has no devices; add the monitor in the Emporia app first.');
  else if (home.size === 0) {
    warnings.push('The Emporia account has no panel monitor, so the power of the whole home is unknown.');
  }
  const declaresSolar = devices.some((device) => home.has(device.gid) && device.solar);
  if (declaresSolar && !circuits.some(({ role }) => role === 'solar')) {
    warnings.push(
      'The home has solar power, but no circuit has the type Solar/Generation in the Emporia app: the total is what the grid delivers.',
    );
  }
  return warnings;
}
