import { DeviceModel, RegisteredEntity } from '@smart-meter/adapter-home-assistant';
import { Journal, Statement } from '@smart-meter/journal';

type KnownRow = readonly [
  registryId: string,
  entityId: string,
  manufacturer: string | null,
  model: string | null,
  modelId: string | null,
];

export interface Rename {
  from: string;
  to: string;
}

/**
 * Which entity goes by which name, and the renames that are to be made up for, on disk: one that happened while
 * nobody looked shows when the registry is next read.
 */
export class EntityNames {
  readonly #journal: Journal;
  readonly #all: Statement;
  readonly #upsert: Statement;
  readonly #forget: Statement;
  readonly #rename: Statement;
  readonly #queue: Statement;
  readonly #renames: Statement;
  readonly #markMade: Statement;
  readonly #forgetMade: Statement;

  constructor(journal: Journal) {
    this.#journal = journal;
    this.#all = journal.prepare(
      'SELECT registry_id, entity_id, manufacturer, model, model_id FROM known_entity',
    );
    this.#upsert = journal.prepare(
      'INSERT OR REPLACE INTO known_entity (registry_id, entity_id, manufacturer, model, model_id) VALUES (?, ?, ?, ?, ?)',
    );
    this.#forget = journal.prepare('DELETE FROM known_entity WHERE registry_id = ?');
    this.#rename = journal.prepare('UPDATE known_entity SET entity_id = ? WHERE entity_id = ?');
    this.#queue = journal.prepare('INSERT INTO entity_rename (from_id, to_id, is_made) VALUES (?, ?, 0)');
    this.#renames = journal.prepare('SELECT from_id, to_id FROM entity_rename WHERE is_made = ? ORDER BY id');
    this.#markMade = journal.prepare('UPDATE entity_rename SET is_made = 1');
    this.#forgetMade = journal.prepare('DELETE FROM entity_rename WHERE is_made = 1');
  }

  /** Takes the registry as it is now; what goes by another name than before has been renamed. Returns the renames. */
  observe(entities: readonly RegisteredEntity[]): Rename[] {
    return this.#journal.transaction(() => {
      const known = new Map(this.#all.all<KnownRow>().map((row) => [row[0], row]));
      const renames = entities.flatMap(({ registryId, entityId: to }) => {
        const from = known.get(registryId)?.[1];
        return from === undefined || from === to ? [] : [{ from, to }];
      });
      for (const { registryId, entityId, device } of entities) {
        const { manufacturer = null, model = null, modelId = null } = device ?? {};
        const row: KnownRow = [registryId, entityId, manufacturer, model, modelId];
        if (JSON.stringify(known.get(registryId)) !== JSON.stringify(row)) this.#upsert.run(...row);
      }
      // One that was removed may come back under another name while a new device has its old one: that is no rename.
      const ids = new Set(entities.map(({ registryId }) => registryId));
      if (ids.size > 0) for (const id of known.keys()) if (!ids.has(id)) this.#forget.run(id);
      for (const { from, to } of oneByOne(renames)) this.#queue.run(from, to);
      return renames;
    });
  }

  /** Entities whose device is of a known make. */
  devices(): { entityId: string; device: DeviceModel }[] {
    return this.#all.all<KnownRow>().flatMap(([, entityId, manufacturer, model, modelId]) => {
      return manufacturer === null || model === null
        ? []
        : [{ entityId, device: { manufacturer, model, modelId } }];
    });
  }

  /** Takes a rename as it happens. */
  renamed(from: string, to: string): void {
    this.#journal.transaction(() => {
      this.#rename.run(to, from);
      this.#queue.run(from, to);
    });
  }

  /** Renames that nothing has been done about, in order. */
  waiting(): Rename[] {
    return this.#renames.all<readonly [string, string]>(0).map(([from, to]) => ({ from, to }));
  }

  /** All that wait have been made, in the caller's transaction. */
  markMade(): void {
    this.#markMade.run();
  }

  /** Former name -> name now, of renames since which history has not been read; without names that are in use again. */
  formerNames(): Map<string, string> {
    const names = new Map<string, string>();
    for (const [from, to] of this.#renames.all<readonly [string, string]>(1)) {
      for (const [former, name] of names) if (name === from) names.set(former, to);
      names.set(from, to);
    }
    const inUse = new Set(this.#all.all<KnownRow>().map(([, entityId]) => entityId));
    for (const former of names.keys()) {
      if (former.endsWith(ASIDE) || inUse.has(former)) names.delete(former);
    }
    return names;
  }

  /** History has been read under the former names. */
  forgetFormerNames(): void {
    this.#forgetMade.run();
  }
}

/** No entity id ends so. */
const ASIDE = '#';

/** Renames of one moment in an order in which none takes a name that another still has; in a ring one steps aside. */
function oneByOne(renames: readonly Rename[]): Rename[] {
  const left = [...renames];
  const ordered: Rename[] = [];
  while (left.length > 0) {
    const free = left.findIndex(({ to }) => !left.some(({ from }) => from === to));
    const [next] = left.splice(Math.max(0, free), 1) as [Rename];
    if (free >= 0) ordered.push(next);
    else {
      ordered.push({ from: next.from, to: `${next.from}${ASIDE}` });
      left.push({ from: `${next.from}${ASIDE}`, to: next.to });
    }
  }
  return ordered;
}
