import { firstOf, isNothing, isRecord, UNUSABLE, unquoted, type Reading } from './reading.js';

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

const AMOUNT_KEYS = ['amount', 'value', 'price', 'current', 'lowPrice', '#text'] as const;
const CURRENCY_KEYS = ['currency_code', 'currencyCode', 'currency', 'priceCurrency', 'code', 'iso', 'symbol'] as const;
const MAX_DEPTH = 4;

/** Reads a price: a number, a text with one amount in it, or an object with an amount. A list is read by its first. */
export function readPrice(written: unknown): Reading<Price> {
  return priceAt(written, 0);
}

function priceAt(written: unknown, depth: number): Reading<Price> {
  const value = unquoted(written);
  if (isNothing(value)) return undefined;
  if (typeof value === 'number') return value >= 0 ? { amount: value, currency: undefined } : UNUSABLE;
  if (typeof value === 'string') return readText(value);
  if (depth >= MAX_DEPTH) return UNUSABLE;
  if (Array.isArray(value)) return priceAt(value[0], depth + 1);
  if (!isRecord(value)) return UNUSABLE;
  const price = priceAt(firstOf(value, AMOUNT_KEYS), depth + 1);
  if (price === undefined || price === UNUSABLE) return price;
  const currency = readCurrency(firstOf(value, CURRENCY_KEYS));
  return { amount: price.amount, currency: currency === UNUSABLE ? price.currency : (currency ?? price.currency) };
}

const MAX_TEXT = 100;
const AMOUNT = /\d(?:[\d.,'’\s]*\d)?/g;

function readText(text: string): Reading<Price> {
  if (text.length > MAX_TEXT || text.includes('%')) return UNUSABLE;
  // As the French write it: 12€50.
  const line = text.replace(/(\d)([€£$])(\d\d)(?!\d)/u, '$1.$3 $2');
  const [written, ...others] = line.match(AMOUNT) ?? [];
  if (written === undefined || others.length > 0 || /[-−–]\s*[^\s\d]{0,3}\s*\d/.test(line)) return UNUSABLE;
  const words = line.replace(written, ' ').match(/[\p{L}\p{Sc}]+\.?/gu) ?? [];
  const currency = words.map(currencyOf).find((code) => code !== undefined);
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

/** `1`, `299` are 1299; `1`, `29` are nothing. */
function whole([first = '', ...groups]: readonly string[]): number | undefined {
  const inGroups = groups.length === 0 || (first.length <= 3 && groups.every((group) => group.length === 3));
  const amount = Number(first + groups.join(''));
  return inGroups && Number.isSafeInteger(amount) ? amount : undefined;
}
