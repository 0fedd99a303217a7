/** What a unit of a price says. */
export interface PriceUnit {
  /** ISO 4217; null = that of the home, as `ct` does not say whose cents. */
  currency: string | null;
  /** Times a value in this unit, the price of a kWh. */
  perKwh: number;
}

/** Case matters: mWh is not MWh. */
const KWH_BY_UNIT: Readonly<Record<string, number>> = { Wh: 1e-3, kWh: 1, KWh: 1, MWh: 1e3, GWh: 1e6 };
const ISO_CODE = /^[A-Z]{3}$/;
/** Signs that stand for one currency alone. */
const CURRENCY_BY_SIGN: Readonly<Record<string, string>> = {
  '€': 'EUR',
  '£': 'GBP',
  '₹': 'INR',
  '₩': 'KRW',
  '₪': 'ILS',
  '₺': 'TRY',
  '₴': 'UAH',
  zł: 'PLN',
  Kč: 'CZK',
  Ft: 'HUF',
};
/** Signs that several countries write. */
const SIGNS_OF_THE_HOME = new Set(['$', '¥', 'kr']);
const HUNDREDTHS = new Set(['ct', 'c', 'cent', 'cents', '¢', 'öre', 'øre', 'p', 'pence']);

/**
 * Reads a unit such as `EUR/kWh`, `€/kWh`, `ct/kWh` or `EUR/MWh`.
 * @returns null for anything else: a price in an unknown unit is no price
 */
export function parsePriceUnit(unit: string | undefined): PriceUnit | null {
  const [money = '', energy = '', ...rest] = (unit ?? '').split('/').map((part) => part.trim());
  const kwh = KWH_BY_UNIT[energy];
  if (kwh === undefined || rest.length > 0) return null;
  if (ISO_CODE.test(money)) return { currency: money, perKwh: 1 / kwh };
  const currency = CURRENCY_BY_SIGN[money];
  if (currency !== undefined) return { currency, perKwh: 1 / kwh };
  if (SIGNS_OF_THE_HOME.has(money)) return { currency: null, perKwh: 1 / kwh };
  return HUNDREDTHS.has(money.toLowerCase()) ? { currency: null, perKwh: 0.01 / kwh } : null;
}
