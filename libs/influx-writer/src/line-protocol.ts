/** The grammar of line protocol, as far as we write it. */

/** Stands for whatever a tag or a text field cannot carry. */
export const REPLACEMENT = '\uFFFD';

/** Series keys end at 64 KiB: five tags of this length fit, whatever their characters. UTF-16 units. */
const LONGEST_TEXT = 4_000;

const CONTROL_CHARACTERS = /\p{Cc}/gu;
const NEEDS_CARE_IN_TAG = /[\\, =]|\p{Cc}|\p{Cs}/u;
const NEEDS_CARE_IN_TEXT = /["\\]|\p{Cc}|\p{Cs}/u;
/** A backslash here would escape what follows; line protocol has no escape for the backslash itself. */
const ESCAPING_BACKSLASH = /\\(?=[, =]|$)/g;

const MOST_REMEMBERED = 10_000;
const escapedTags = new Map<string, string>();

/** `,name=value`; nothing for an empty value, which InfluxDB reads back from a missing tag anyway. */
export function tag(name: string, value: string): string {
  return value === '' ? '' : `,${name}=${escapedTag(value)}`;
}

/** `name=value` added to the fields so far; nothing for what is not known. */
export function withFloat(fields: string, name: string, value: number | null | undefined): string {
  return typeof value === 'number' && Number.isFinite(value) ? withField(fields, `${name}=${value}`) : fields;
}

/** `name="value"` added to the fields so far; nothing for what is not known. */
export function withText(fields: string, name: string, value: string | null | undefined): string {
  return typeof value === 'string' ? withField(fields, `${name}="${escapedText(value)}"`) : fields;
}

/** @param field `name=value` */
export function withField(fields: string, field: string): string {
  return fields === '' ? field : `${fields},${field}`;
}

/** The same few names come with every reading. */
function escapedTag(value: string): string {
  const known = escapedTags.get(value);
  if (known !== undefined) return known;
  const escaped = escapeTag(value);
  if (escapedTags.size >= MOST_REMEMBERED) escapedTags.clear();
  escapedTags.set(value, escaped);
  return escaped;
}

function escapeTag(value: string): string {
  if (value.length <= LONGEST_TEXT && !NEEDS_CARE_IN_TAG.test(value)) return value;
  return carriable(value).replace(ESCAPING_BACKSLASH, REPLACEMENT).replace(/[, =]/g, '\\$&');
}

function escapedText(value: string): string {
  if (value.length <= LONGEST_TEXT && !NEEDS_CARE_IN_TEXT.test(value)) return value;
  return carriable(value).replace(/["\\]/g, '\\$&');
}

function carriable(text: string): string {
  const cut = text.length > LONGEST_TEXT ? text.slice(0, LONGEST_TEXT - 1) + REPLACEMENT : text;
  return cut.toWellFormed().replace(CONTROL_CHARACTERS, REPLACEMENT);
}

/** Lines that belong together, for one entry of the outbox. */
export interface EncodedLines {
  /** Timestamps in ms; joined by '\n' without a trailing one; '' for no line. */
  lineProtocol: string;
  lineCount: number;
}
