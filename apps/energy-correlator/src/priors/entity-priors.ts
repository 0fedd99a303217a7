import { EntityPrior } from '@smart-meter/correlation';
import { EntityNames } from '../events/entity-names';
import { PowercalcLibrary, Profile } from './powercalc-library';

/** What is expected of entities before their first event, by the profiles of their devices. */
export class EntityPriors {
  private profiles: ReadonlyMap<string, Profile> = new Map();

  /** @param library null where none is set: every entity has the prior of its domain */
  constructor(
    private readonly library: Pick<PowercalcLibrary, 'find'> | null,
    private readonly names: EntityNames,
  ) {}

  /** Entity -> prior. */
  get current(): Record<string, EntityPrior> {
    return Object.fromEntries([...this.profiles].map(([entityId, profile]) => [entityId, priorOf(profile)]));
  }

  /** The profile that an entity's prior comes from; null where it has that of its domain. */
  profileOf(entityId: string): Profile | null {
    return this.profiles.get(entityId) ?? null;
  }

  /** Looks up the devices that there are now. Never throws: what cannot be read is told by the library. */
  async refresh(): Promise<void> {
    if (this.library === null) return;
    const profiles = new Map<string, Profile>();
    for (const { entityId, device } of this.names.devices()) {
      const profile = await this.library.find(device, entityId.slice(0, entityId.indexOf('.')));
      if (profile) profiles.set(entityId, profile);
    }
    this.profiles = profiles;
  }
}

/** Switching takes a device from its standby to its power. */
export function priorOf({ onW, sdW, standbyW }: Profile): EntityPrior {
  return { powerW: Math.max(0, onW - (standbyW ?? 0)), sdW };
}
