/** A text with something in it, else null. */
export function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

export function boolean(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  return value === 'true' ? true : value === 'false' ? false : null;
}

/** Plugs, chargers and batteries: what they measure is behind a panel, not a home. */
export function isApplianceModel(model: string | null, serial: string | null): boolean {
  if (model !== null && /^(SSO|VVDN)/i.test(model)) return true;
  return model === null && serial !== null && /^[BDS]/i.test(serial);
}
