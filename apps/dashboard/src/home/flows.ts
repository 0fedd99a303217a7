import { Picture } from './picture';

export type FlowNode = 'solar' | 'grid' | 'battery' | 'home';

export interface Flow {
  from: FlowNode;
  to: FlowNode;
  powerW: number;
}

/** Less is noise of the meters and not a flow. */
const LEAST_FLOW_W = 5;

/**
 * Which power goes where. Solar serves the home first, then the battery, then the grid; the battery serves the home
 * before the grid does: meters tell the sums alone, and this is how inverters act.
 */
export function flows({ totalPowerW, gridPowerW, solarPowerW, batteryPowerW }: Picture): Flow[] {
  const supply: [FlowNode, number][] = [
    ['solar', Math.max(0, solarPowerW ?? 0)],
    ['battery', Math.max(0, batteryPowerW ?? 0)],
    ['grid', Math.max(0, gridPowerW ?? 0)],
  ];
  const demand: [FlowNode, number][] = [
    ['home', Math.max(0, totalPowerW ?? 0)],
    ['battery', Math.max(0, -(batteryPowerW ?? 0))],
    ['grid', Math.max(0, -(gridPowerW ?? 0))],
  ];
  const found: Flow[] = [];
  for (const source of supply) {
    for (const sink of demand) {
      const powerW = Math.min(source[1], sink[1]);
      source[1] -= powerW;
      sink[1] -= powerW;
      if (powerW >= LEAST_FLOW_W) found.push({ from: source[0], to: sink[0], powerW });
    }
  }
  return found;
}

/** Share of the home's power that does not come from the grid, %; null where it cannot be known. */
export function selfSufficiency({ totalPowerW, gridPowerW }: Picture): number | null {
  if (totalPowerW === null || totalPowerW <= 0 || gridPowerW === null || gridPowerW === undefined)
    return null;
  return Math.min(100, Math.max(0, (1 - Math.max(0, gridPowerW) / totalPowerW) * 100));
}
