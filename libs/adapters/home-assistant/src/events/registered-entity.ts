/** An entity of the registry, known by what survives renames. */
export interface RegisteredEntity {
  /** Stays the same when the entity is renamed. */
  registryId: string;
  entityId: string;
  /** null where it belongs to no device, or to one of unknown make. */
  device: DeviceModel | null;
}

/** What a device is, as its integration tells it. */
export interface DeviceModel {
  manufacturer: string;
  model: string;
  /** What the maker calls the model, where that is not `model`. */
  modelId: string | null;
}
