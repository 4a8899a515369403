import { firstOf, isNothing, isRecord, ownValue, UNUSABLE, unquoted, type Reading } from './reading.js';
import { NAMED_CURRENCIES } from './usual-columns.js';

export interface Price {
  /** 0 or more. */
  readonly amount: number;
  /** ISO 4217, where the price itself names it. */
  readonly currency: string | undefined;
}

/** What stands for one currency and no other in a shop that says no more; `kr` is three of them. */
const SYMBOLS: Readonly<Record<string, string>> = {
  '€': 'EUR',
  euro: 'EUR',
  euros: 'EUR',
  $: 'USD',
  us$: 'USD',
  a$: 'AUD',
  au$: 'AUD',
  c$: 'CAD',
  ca$: 'CAD',
  nz$: 'NZD',
  hk$: 'HKD',
  s$: 'SGD',
  r$: 'BRL',
  mx$: 'MXN',
  '£': 'GBP',
  '¥': 'JPY',
  '₹': 'INR',
  '₺': 'TRY',
  '₽': 'RUB',
  '₩': 'KRW',
  '₴': 'UAH',
  zł: 'PLN',
  kč: 'CZK',
  ft: 'HUF',
  lei: 'RON',
  лв: 'BGN',
};

const CODES = new Set(Intl.supportedValuesOf('currency'));

/** Of these, an amount has three decimals. */
const THREE_DECIMALS = new Set(['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND']);

/**
 * Reads a currency: a code of ISO 4217, or a symbol that stands for one.
 *
 * `$` is taken as the US dollar, and `¥` as the yen.
 */
export function readCurrency(value: unknown): Reading<string> {
  if (isNothing(value)) return undefined;
  if (isRecord(value)) return readCurrency(firstOf(value, CURRENCY_KEYS) ?? UNUSABLE);
  return (typeof value === 'string' ? currencyOf(value.trim()) : undefined) ?? UNUSABLE;
}

function currencyOf(word: string): string | undefined {
  const code = word.toUpperCase();
  if (CODES.has(code)) return code;
  const symbol = word.toLowerCase().replace(/\.$/, '');
  return Object.hasOwn(SYMBOLS, symbol) ? SYMBOLS[symbol] : undefined;
}

const AMOUNT_KEYS = [
  'amount',
  'value',
  'val',
  'price',
  'priceAmount',
  'current',
  'sale',
  'final',
  'promotional',
  'lowPrice',
  'regular',
  'original',
  '$numberDecimal',
  '#text',
];
const CURRENCY_KEYS = [
  'currency_code',
  'currencyCode',
  'currency',
  'priceCurrency',
  'currencyName',
  'currencyId',
  'currency_iso',
  'code',
  'iso',
  'symbol',
];

/** Under these, amounts are whole numbers of a hundredth, or of what their name says. */
const SMALL_AMOUNT_KEYS = new Map([
  ['cents', 100],
  ['centAmount', 100],
  ['amount_cents', 100],
  ['amountCents', 100],
  ['amountMicros', 1_000_000],
]);

/** How many decimals a whole number has, or by what it is divided, in an object that says so. */
const DECIMALS_KEYS = ['currency_minor_unit', 'fractionDigits', 'precision'];

const MAX_DEPTH = 4;

/**
 * Reads a price: a number, a text with one amount in it, or an object with an amount. A list is read by its first.
 *
 * @param column Whose name may say the currency, `price_eur`, or that amounts are in cents, `price_cents`.
 * @param currency Of a price that says none.
 */
export function readPrice(written: unknown, column = '', currency?: string): Reading<Price> {
  const words = column.replace(/([a-z])([A-Z])/g, '$1 $2').match(/[a-z]+|\p{Sc}/giu) ?? [];
  const named = words.find((word) => /\p{Sc}/u.test(word) || NAMED_CURRENCIES.includes(word.toLowerCase()));
  const price = priceAt(written, (named === undefined ? undefined : currencyOf(named)) ?? currency, 0);
  if (price === undefined || price === UNUSABLE) return price;
  return words.some((word) => /^cents?$/i.test(word)) ? { ...price, amount: price.amount / 100 } : price;
}

function priceAt(written: unknown, currency: string | undefined, depth: number): Reading<Price> {
  const value = unquoted(written);
  if (isNothing(value)) return undefined;
  if (typeof value === 'number') return value >= 0 ? { amount: value, currency } : UNUSABLE;
  if (typeof value === 'string') return readText(value, currency);
  if (depth >= MAX_DEPTH) return UNUSABLE;
  if (Array.isArray(value)) return priceAt(value[0], currency, depth + 1);
  return isRecord(value) ? priceIn(value, currency, depth) : UNUSABLE;
}

function priceIn(object: Readonly<Record<string, unknown>>, outer: string | undefined, depth: number): Reading<Price> {
  const own = readCurrency(firstOf(object, CURRENCY_KEYS));
  const currency = own === UNUSABLE ? outer : (own ?? outer);
  const small = [...SMALL_AMOUNT_KEYS.keys()].find((key) => !isNothing(ownValue(object, key)));
  const value = small === undefined ? firstOf(object, AMOUNT_KEYS) : ownValue(object, small);
  const price = priceAt(value, currency, depth + 1);
  if (price === undefined || price === UNUSABLE) return price;
  const decimals = firstOf(object, DECIMALS_KEYS);
  const divisor = isCount(decimals)
    ? 10 ** decimals
    : (ownValue(object, 'divisor') ?? SMALL_AMOUNT_KEYS.get(small ?? ''));
  return isCount(divisor) && divisor > 0 ? { ...price, amount: price.amount / divisor } : price;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

const MAX_TEXT = 100;
const AMOUNT = /\d(?:[\d.,'’\s]*\d)?/g;

function readText(text: string, outer: string | undefined): Reading<Price> {
  if (text.length > MAX_TEXT || text.includes('%')) return UNUSABLE;
  // As the French write it: 12€50.
  const line = text
    .replace(/(\d)([€£$])(\d\d)(?!\d)/u, '$1.$3 $2')
    // As eBay does: `AU $20`.
    .replace(/\b(US|AU?|CA?|NZ|HK|S|R|MX)\s*\$/g, ' $1$$ ');
  const [written, ...others] = line.match(AMOUNT) ?? [];
  if (written === undefined || others.length > 0 || /[-−–]\s*[^\s\d]{0,3}\s*\d/.test(line)) return UNUSABLE;
  const words = line.replace(written, ' ').match(/\p{L}*\p{Sc}|\p{L}+\.?/gu) ?? [];
  const currency = words.map(currencyOf).find((code) => code !== undefined) ?? outer;
  const amount = toAmount(written.replace(/['’\s]/g, ''), THREE_DECIMALS.has(currency ?? ''));
  return amount === undefined ? UNUSABLE : { amount, currency };
}

/**
 * Where both separators occur, the last one is the decimal one. One that occurs once, with three digits behind it and
 * one to three before it that are not 0, separates thousands: `1.299` and `1,299` are 1299, as no shop has tenths of a
 * cent; `0.299` and `1299.995` are decimals.
 */
function toAmount(digits: string, threeDecimals: boolean): number | undefined {
  const [decimal, thousands] = digits.lastIndexOf(',') > digits.lastIndexOf('.') ? [',', '.'] : ['.', ','];
  const parts = digits.split(decimal);
  const mixed = digits.includes(thousands);
  const groups =
    parts.length > 2 || (parts.length === 2 && !mixed && !threeDecimals && /^[1-9]\d{0,2}[.,]\d{3}$/.test(digits));
  if (groups) return mixed ? undefined : whole(parts);
  const [before = '', after = ''] = parts;
  const amount = whole(before.split(thousands));
  return amount === undefined ? undefined : Number(`${String(amount)}.${after || '0'}`);
}

/** `1`, `299` are 1299, and `1`, `29`, `900` are 129900 as in India; `1`, `29` are nothing. */
function whole([first = '', ...groups]: readonly string[]): number | undefined {
  const last = groups.at(-1)?.length ?? 3;
  const between = groups.slice(0, -1).map(({ length }) => length);
  const inThrees = first.length <= 3 && between.every((length) => length === 3);
  const inTwos = first.length <= 2 && between.every((length) => length === 2);
  const amount = Number(first + groups.join(''));
  return (groups.length === 0 || (last === 3 && (inThrees || inTwos))) && Number.isSafeInteger(amount)
    ? amount
    : undefined;
}
