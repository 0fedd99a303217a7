import { Controller, Get, Inject } from '@nestjs/common';
import { MeterReading, shareOfTotal } from '@smart-meter/meter-adapter';
import { Consumption } from '../collection/consumption';
import { CircuitAnswer, circuitAnswer } from './answers/reading-answer';

export interface CircuitNode extends CircuitAnswer {
  children: CircuitNode[];
}

export interface CircuitsAnswer {
  timestamp: string;
  provenance: MeterReading['provenance'];
  total_power_w: number | null;
  circuits: CircuitNode[];
  /** What no top-level circuit that is added up accounts for, W; null where it cannot be known. */
  untracked_power_w: number | null;
  /** %, as for a circuit. */
  untracked_percentage: number | null;
}

@Controller('circuits')
export class CircuitsController {
  constructor(@Inject(Consumption) private readonly consumption: Consumption) {}

  @Get()
  async circuits(): Promise<CircuitsAnswer> {
    const reading = await this.consumption.current();
    const circuits = circuitTree(reading);
    const totalPowerW = reading.totalPowerW ?? null;
    const untrackedW = untrackedPowerW(circuits, totalPowerW);
    return {
      timestamp: reading.observedAt.toISOString(),
      provenance: reading.provenance,
      total_power_w: totalPowerW,
      circuits,
      untracked_power_w: untrackedW,
      untracked_percentage: shareOfTotal(untrackedW, totalPowerW),
    };
  }
}

/** Circuits under the ones that they are a part of; a parent that is not there counts as none. */
export function circuitTree({ circuits }: MeterReading): CircuitNode[] {
  const nodes = new Map(
    circuits.map((circuit) => [circuit.id, { ...circuitAnswer(circuit), children: [] as CircuitNode[] }]),
  );
  const roots: CircuitNode[] = [];
  for (const node of nodes.values()) {
    const parent = node.parent_id === undefined ? undefined : nodes.get(node.parent_id);
    if (parent && !isAncestor(node.id, parent.id, nodes)) parent.children.push(node);
    else roots.push(node);
  }
  return roots;
}

/** A source that lies could make a circuit its own grandparent. */
function isAncestor(id: string, ofId: string, nodes: ReadonlyMap<string, CircuitNode>): boolean {
  const seen = new Set<string>();
  for (let at = nodes.get(ofId); at && !seen.has(at.id); at = nodes.get(at.parent_id ?? '')) {
    if (at.id === id) return true;
    seen.add(at.id);
  }
  return false;
}

function untrackedPowerW(roots: readonly CircuitNode[], totalPowerW: number | null): number | null {
  const circuits = roots.filter(({ counted_elsewhere }) => !counted_elsewhere);
  if (totalPowerW === null || circuits.length === 0 || circuits.some(({ power_w }) => power_w === null))
    return null;
  return totalPowerW - circuits.reduce((sum, { power_w }) => sum + (power_w ?? 0), 0);
}
