import { DomainPrior, EntityPrior, priorFor } from './domain-priors';
import { EffectModel, EntityLevel } from './effect-model';
import { domainOf } from './home-event';
import { copySignature, createSignature, effectProbability, Signature } from './signature';

/** Everything learned about one entity. Plain JSON. */
export interface EntityRecord {
  level: EntityLevel | null;
  signatures: Record<string, Signature>;
  lastEventAtMs: number;
}

const MAX_FAMILIES = 24;

/** The entities and what is known of them, bounded: the longest unheard of is forgotten first. */
export class EntityRegistry {
  private records = new Map<string, EntityRecord>();

  constructor(
    private priors: ReadonlyMap<string, EntityPrior>,
    private readonly maxEntities: number,
  ) {}

  /** In place of those before; what was learned stays. */
  setPriors(priors: ReadonlyMap<string, EntityPrior>): void {
    this.priors = priors;
  }

  get(entityId: string): EntityRecord | undefined {
    return this.records.get(entityId);
  }

  ensure(entityId: string): EntityRecord {
    let record = this.records.get(entityId);
    if (record) return record;
    if (this.records.size >= this.maxEntities) this.forgetOldest();
    record = { level: null, signatures: {}, lastEventAtMs: 0 };
    this.records.set(entityId, record);
    return record;
  }

  /** Signature under `key` for this kind of event, created from the entity's prior when new. */
  signature(key: string, model: EffectModel, entityId = key): Signature {
    const { signatures } = this.ensure(key);
    const known = signatures[model.family];
    if (known) return known;
    const families = Object.keys(signatures);
    if (families.length >= MAX_FAMILIES) {
      const countOf = (family: string): number => signatures[family]?.count ?? 0;
      delete signatures[families.reduce((a, b) => (countOf(b) < countOf(a) ? b : a))];
    }
    const created = createSignature(model.family, this.priorOf(entityId));
    signatures[model.family] = created;
    return created;
  }

  /** The signature to look at without changing what is known. */
  signatureCopy(entityId: string, model: EffectModel): Signature {
    const known = this.records.get(entityId)?.signatures[model.family];
    return known ? copySignature(known) : createSignature(model.family, this.priorOf(entityId));
  }

  priorOf(entityId: string): DomainPrior {
    return priorFor(domainOf(entityId), this.priors.get(entityId));
  }

  /** A copy to come back to, or null when the entity is not known yet. */
  snapshot(entityId: string): EntityRecord | null {
    const record = this.records.get(entityId);
    return record ? copyRecord(record) : null;
  }

  restore(entityId: string, snapshot: EntityRecord | null): void {
    if (snapshot) this.records.set(entityId, copyRecord(snapshot));
    else this.records.delete(entityId);
  }

  copyEntries(): [string, EntityRecord][] {
    return [...this.records].map(([entityId, record]) => [entityId, copyRecord(record)]);
  }

  /** In place of all that was known. */
  load(entries: [string, EntityRecord][]): void {
    this.records = new Map(entries.map(([entityId, record]) => [entityId, copyRecord(record)]));
  }

  effects(): {
    entityId: string;
    family: string;
    effectProbability: number;
    events: number;
    powers: { powerW: number; sdW: number; uses: number }[];
  }[] {
    return [...this.records].flatMap(([entityId, { signatures }]) =>
      Object.entries(signatures).map(([family, signature]) => ({
        entityId,
        family,
        effectProbability: effectProbability(signature),
        events: signature.count,
        powers: signature.modes.map(({ powerW, variance, scatter, ups, downs }) => ({
          powerW,
          sdW: Math.sqrt(variance + scatter),
          uses: ups + downs,
        })),
      })),
    );
  }

  private forgetOldest(): void {
    let oldest: string | null = null;
    let oldestAtMs = Infinity;
    for (const [entityId, record] of this.records) {
      if (record.lastEventAtMs < oldestAtMs) {
        oldest = entityId;
        oldestAtMs = record.lastEventAtMs;
      }
    }
    if (oldest !== null) this.records.delete(oldest);
  }
}

function copyRecord(record: EntityRecord): EntityRecord {
  const signatures: Record<string, Signature> = {};
  for (const [family, signature] of Object.entries(record.signatures))
    signatures[family] = copySignature(signature);
  return {
    level: record.level ? { ...record.level } : null,
    signatures,
    lastEventAtMs: record.lastEventAtMs,
  };
}
