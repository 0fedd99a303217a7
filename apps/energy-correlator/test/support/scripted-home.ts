import { Random } from '@smart-meter/household';

export interface ScriptedEvent {
  entityId: string;
  at: Date;
  state: string;
  previousState: string;
}

/** A home of three switched loads, known to the watt: what each draws, and when it was switched. */
export class ScriptedHome {
  readonly events: ScriptedEvent[] = [];
  private readonly loads: readonly { entityId: string; powerW: number }[] = [
    { entityId: 'light.desk', powerW: 60 },
    { entityId: 'switch.heater', powerW: 900 },
    { entityId: 'fan.bath', powerW: 120 },
  ];

  constructor(start: Date, end: Date, seed = 'scripted') {
    const random = Random.from(seed);
    for (const { entityId } of this.loads) {
      let atMs = start.getTime() + random.integer(5, 15) * 60_000;
      for (let isOn = true; atMs < end.getTime(); isOn = !isOn) {
        const [state, previousState] = isOn ? ['on', 'off'] : ['off', 'on'];
        this.events.push({ entityId, at: new Date(atMs), state, previousState });
        atMs += random.integer(4 * 60, 15 * 60) * 1000;
      }
    }
    this.events.sort((a, b) => a.at.getTime() - b.at.getTime());
  }

  powerAt(at: Date): number {
    const wobbleW = 3 * Math.sin(at.getTime() / 7_000);
    return this.loads.reduce((sum, { entityId, powerW }) => {
      const last = this.events.findLast((event) => event.entityId === entityId && event.at <= at);
      return sum + (last?.state === 'on' ? powerW : 0);
    }, 200 + wobbleW);
  }

  truthW(entityId: string): number {
    return this.loads.find((load) => load.entityId === entityId)?.powerW ?? 0;
  }
}
