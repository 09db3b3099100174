const quote = 0x22
const backslash = 0x5c
const unicode = 0x75
const comma = 0x2c
const colon = 0x3a
const point = 0x2e
const minus = 0x2d
const zero = 0x30
const nine = 0x39
const openList = 0x5b
const closeList = 0x5d
const open = 0x7b
const close = 0x7d
const space = 0x20
const newline = 0x0a
const carriageReturn = 0x0d
const tab = 0x09

/** Every record but the oddest has it. */
const marker = Buffer.from('"eventTime"')
const region = Buffer.from('"awsRegion"')
const words = ['true', 'false', 'null'].map((word) => Buffer.from(word))
const escapes = Buffer.from('"\\/bfnrt')
const hexDigits = Buffer.from('0123456789abcdefABCDEF')
/**
 * Whether UTF-8 bytes are for certain one JSON object, nested no deeper than `nestingMax`, whose member
 * `eventTime` is a text. One pass that makes nothing: a parser needs twice as long. False says only
 * that a parser must look, for names with escapes and numbers with exponents, too.
 */
export function isPlainRecord(bytes: Uint8Array, nestingMax: number, found?: Found): boolean {
  const end = afterPlainRecord(bytes, afterBlank(bytes, 0), nestingMax, found)
  return end > 0 && afterBlank(bytes, end) === bytes.length
}

/** Where the text of a record's `eventTime` begins, behind the quote, and the value of its `awsRegion`. */
export type Found = { timeAt: number; regionAt: number }

/**
 * Behind the plain record that begins at `from` among other bytes; -1 when none does. `found` is told of the
 * members that are there, and has a meaning only for a plain record.
 */
export function afterPlainRecord(
  bytes: Uint8Array,
  from: number,
  nestingMax: number,
  found?: Found,
): number {
  if (from >= bytes.length || bytes[from] !== open) return -1
  let at = from
  let isMarked = false
  do {
    const name = afterBlank(bytes, at + 1)
    const value = afterName(bytes, name)
    if (value < 0) return -1
    if (startsAt(bytes, name, marker)) {
      // A second one would count instead.
      if (isMarked || bytes[value] !== quote) return -1
      isMarked = true
      if (found) found.timeAt = value + 1
    } else if (found && startsAt(bytes, name, region)) {
      // Of two the last one counts.
      found.regionAt = value
    }
    at = afterValue(bytes, value, nestingMax - 1)
    if (at < 0) return -1
  } while (bytes[at] === comma)
  return isMarked && bytes[at] === close ? at + 1 : -1
}

// Each function below returns where the next token begins, -1 when what it looks for is not there. None
// reads behind the end: loads that do are slow ever after.

function afterBlank(bytes: Uint8Array, from: number): number {
  let at = from
  for (; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte !== space && byte !== newline && byte !== carriageReturn && byte !== tab) break
  }
  return at
}

/** A name without escapes, and its colon. */
function afterName(bytes: Uint8Array, at: number): number {
  if (at >= bytes.length || bytes[at] !== quote) return -1
  const end = afterPlain(bytes, at + 1)
  if (end === bytes.length || bytes[end] !== quote) return -1
  const next = afterBlank(bytes, end + 1)
  return next < bytes.length && bytes[next] === colon ? afterBlank(bytes, next + 1) : -1
}

/** To the end of what may stand in a text as it is. */
function afterPlain(bytes: Uint8Array, from: number): number {
  const end = bytes.length
  let at = from
  for (; at < end; at++) {
    const byte = bytes[at]!
    if (byte === quote || byte === backslash || byte < space) break
  }
  return at
}

/** Something else must follow a value, so the end of the bytes is none here. */
function afterValue(bytes: Uint8Array, at: number, nesting: number): number {
  if (at >= bytes.length) return -1
  const byte = bytes[at]!
  const end =
    byte === quote
      ? afterText(bytes, at)
      : byte === open
        ? afterObject(bytes, at, nesting)
        : byte === openList
          ? afterList(bytes, at, nesting)
          : byte === minus || (byte >= zero && byte <= nine)
            ? afterNumber(bytes, at)
            : afterWord(bytes, at)
  const next = end < 0 ? bytes.length : afterBlank(bytes, end)
  return next < bytes.length ? next : -1
}

function afterText(bytes: Uint8Array, from: number): number {
  let at = afterPlain(bytes, from + 1)
  while (at < bytes.length && bytes[at] === backslash) {
    const end = afterEscape(bytes, at)
    if (end < 0) return -1
    at = afterPlain(bytes, end)
  }
  return at < bytes.length && bytes[at] === quote ? at + 1 : -1
}

function afterEscape(bytes: Uint8Array, at: number): number {
  if (at + 1 < bytes.length && escapes.includes(bytes[at + 1]!)) return at + 2
  const end = at + 6
  if (end > bytes.length || bytes[at + 1] !== unicode) return -1
  for (let i = at + 2; i < end; i++) if (!hexDigits.includes(bytes[i]!)) return -1
  return end
}

function afterObject(bytes: Uint8Array, from: number, nesting: number): number {
  if (nesting < 1) return -1
  let at = afterBlank(bytes, from + 1)
  if (at < bytes.length && bytes[at] === close) return at + 1
  for (;;) {
    const value = afterName(bytes, at)
    at = value < 0 ? -1 : afterValue(bytes, value, nesting - 1)
    if (at < 0) return -1
    if (bytes[at] === close) return at + 1
    if (bytes[at] !== comma) return -1
    at = afterBlank(bytes, at + 1)
  }
}

function afterList(bytes: Uint8Array, from: number, nesting: number): number {
  if (nesting < 1) return -1
  let at = afterBlank(bytes, from + 1)
  if (at < bytes.length && bytes[at] === closeList) return at + 1
  for (;;) {
    at = afterValue(bytes, at, nesting - 1)
    if (at < 0) return -1
    if (bytes[at] === closeList) return at + 1
    if (bytes[at] !== comma) return -1
    at = afterBlank(bytes, at + 1)
  }
}

/** Without an exponent. */
function afterNumber(bytes: Uint8Array, from: number): number {
  const first = bytes[from] === minus ? from + 1 : from
  let at = afterDigits(bytes, first)
  if (at === first || (bytes[first] === zero && at > first + 1)) return -1
  if (at < bytes.length && bytes[at] === point) {
    const fraction = at + 1
    at = afterDigits(bytes, fraction)
    if (at === fraction) return -1
  }
  return at
}

function afterDigits(bytes: Uint8Array, from: number): number {
  let at = from
  while (at < bytes.length && bytes[at]! >= zero && bytes[at]! <= nine) at++
  return at
}

function afterWord(bytes: Uint8Array, at: number): number {
  for (const word of words) if (startsAt(bytes, at, word)) return at + word.length
  return -1
}

/** Whether these bytes stand there. */
export function startsAt(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  if (at + expected.length > bytes.length) return false
  for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false
  return true
}
