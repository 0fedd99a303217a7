import { CircuitReading, MeterReading, sumOrNull } from '@smart-meter/meter-adapter';
import { ChannelSample } from '../channel';
import { PlacedChannel, Placement } from './roles';

/** What is known of a channel at one instant. */
export interface KnownChannel {
  sample: ChannelSample;
  /** Energy since local midnight, import less export, kWh. null = unknown; absent = not spoken of. */
  dailyKwh?: number | null;
}

/** The circuit that the parts of the home's mains belong to. */
export const MAINS_ID = 'mains';

type HomeValues = Pick<MeterReading, 'totalPowerW' | 'gridPowerW' | 'solarPowerW' | 'dailyKwh'>;

/** The home from its channels: mains are what the grid gives, solar power comes on top. */
export function homeValues(
  { channels, mainsAreKnown }: Placement,
  known: (key: string) => KnownChannel | undefined,
): HomeValues {
  const all = (role: PlacedChannel['role']) => channels.filter((channel) => channel.role === role);
  const [mains, solar] = [all('mains'), all('solar')];
  const power = (placed: readonly PlacedChannel[]) =>
    sumOrNull(placed.map(({ key }) => known(key)?.sample.powerW));
  const daily = sumOrNull([...mains, ...solar].map(({ key }) => known(key)?.dailyKwh));
  const gridPowerW = mainsAreKnown ? power(mains) : null;
  const solarPowerW = power(solar);
  const hasSolar = solar.length > 0;
  return {
    totalPowerW: hasSolar ? sumOrNull([gridPowerW, solarPowerW]) : gridPowerW,
    gridPowerW,
    ...(hasSolar ? { solarPowerW } : {}),
    dailyKwh: mainsAreKnown ? daily : null,
  };
}

/** Circuits and the parts of the mains, as far as there is more than one. */
export function circuitReadings(
  { channels }: Placement,
  known: (key: string) => KnownChannel | undefined,
): CircuitReading[] {
  const mains = channels.filter(({ role }) => role === 'mains');
  const hasMainsParts = mains.length > 1 || mains.some(({ hasPhases }) => hasPhases);
  return channels.flatMap((channel): CircuitReading[] => {
    const values = known(channel.key);
    if (channel.role === 'solar' || (channel.role === 'mains' && !hasMainsParts)) return [];
    if (channel.role === 'mains' && channel.hasPhases) return phaseReadings(channel, values, MAINS_ID);
    const circuit: CircuitReading = {
      id: channel.key,
      name: channel.name,
      powerW: values?.sample.powerW ?? null,
      ...(values?.dailyKwh === undefined ? {} : { dailyKwh: values.dailyKwh }),
      ...(channel.role === 'mains' ? { parentId: MAINS_ID } : {}),
    };
    return [circuit, ...(channel.hasPhases ? phaseReadings(channel, values, channel.key) : [])];
  });
}

function phaseReadings(
  { key, name }: PlacedChannel,
  values: KnownChannel | undefined,
  parentId: string,
): CircuitReading[] {
  return (['a', 'b', 'c'] as const).map((phase) => ({
    id: `${key}/${phase}`,
    name: `${name} ${phase.toUpperCase()}`,
    powerW: values?.sample.phases.find((candidate) => candidate.phase === phase)?.powerW ?? null,
    parentId,
  }));
}
