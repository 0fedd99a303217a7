import { CorrelationsAnswer } from '../api/answers';
import { Mark } from '../chart/draw-marks';

/** The events that changed the power, in the order of time. */
export function marksOf({ correlations }: CorrelationsAnswer): Mark[] {
  return correlations
    .map(({ timestamp, entity_id, state, power_delta_w, confidence, provisional }) => ({
      atMs: Date.parse(timestamp),
      title: `${entityName(entity_id)} ${state.replaceAll('_', ' ')}${provisional ? ' (not final)' : ''}`,
      deltaW: power_delta_w,
      confidence,
    }))
    .sort((a, b) => a.atMs - b.atMs);
}

/** `light.floor_lamp` is the floor lamp. */
export function entityName(entityId: string): string {
  const name = entityId.slice(entityId.indexOf('.') + 1).replaceAll('_', ' ');
  return name.charAt(0).toUpperCase() + name.slice(1);
}
