export interface Quantity {
  /** In the reader's own number format; `–` for the unknown. */
  value: string;
  unit: string;
}

export const UNKNOWN = '–';

const formatters = new Map<number, Intl.NumberFormat>();

/** A number with so many decimals; a real minus sign, and never `−0`. */
export function formatNumber(value: number, decimals: number): string {
  let formatter = formatters.get(decimals);
  if (!formatter) {
    formatter = new Intl.NumberFormat(undefined, {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
      signDisplay: 'negative',
    });
    formatters.set(decimals, formatter);
  }
  return formatter.format(value).replace('-', '−');
}

/** Watts below 1 kW, kilowatts from there. */
export function power(powerW: number | null | undefined): Quantity {
  if (powerW === null || powerW === undefined) return { value: UNKNOWN, unit: 'W' };
  const sizeW = Math.abs(powerW);
  if (sizeW < 9.95) return { value: formatNumber(powerW, sizeW < 0.05 ? 0 : 1), unit: 'W' };
  if (sizeW < 999.5) return { value: formatNumber(powerW, 0), unit: 'W' };
  return { value: formatNumber(powerW / 1000, sizeW < 9_995 ? 2 : 1), unit: 'kW' };
}

/** Kilowatt-hours with three figures that mean something. */
export function energy(energyKwh: number | null | undefined): Quantity {
  if (energyKwh === null || energyKwh === undefined) return { value: UNKNOWN, unit: 'kWh' };
  const size = Math.abs(energyKwh);
  if (size >= 9_999.5) return { value: formatNumber(energyKwh / 1000, 1), unit: 'MWh' };
  return { value: formatNumber(energyKwh, size < 9.995 ? 2 : size < 99.95 ? 1 : 0), unit: 'kWh' };
}

const asText = ({ value, unit }: Quantity): string => (value === UNKNOWN ? UNKNOWN : `${value} ${unit}`);

export const formatPower = (powerW: number | null | undefined): string => asText(power(powerW));
export const formatEnergy = (energyKwh: number | null | undefined): string => asText(energy(energyKwh));

export function formatShare(percent: number | null): string {
  if (percent === null) return UNKNOWN;
  if (percent > 0 && percent < 0.05) return `< ${formatNumber(0.1, 1)} %`;
  return `${formatNumber(percent, percent > 0 && percent < 9.95 ? 1 : 0)} %`;
}

/** An amount of money; a currency that nobody knows is written out behind it. */
export function formatCost(cost: number | null, currency: string): string {
  if (cost === null) return UNKNOWN;
  try {
    const whole = Math.abs(cost) >= 999.5 ? { maximumFractionDigits: 0 } : {};
    return new Intl.NumberFormat(undefined, { style: 'currency', currency, ...whole })
      .format(cost)
      .replace('-', '−');
  } catch {
    // RangeError: not a currency code.
    return `${formatNumber(cost, 2)} ${currency}`;
  }
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${formatNumber(value, power > 0 && value < 9.95 ? 1 : 0)} ${BYTE_UNITS[power]}`;
}

/** A round number, with no more decimals than it has. */
export function formatRound(value: number, unit: string): string {
  const text = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 }).format(value);
  return `${text} ${unit}`;
}

export function formatCount(count: number): string {
  return formatNumber(count, 0);
}
