import { isUtf8 } from 'node:buffer'
import { FormError } from '../record-splitter.ts'
import { type FeedContext, type Item, Refusal } from './adapter.ts'
import { isTooDeep } from './fields.ts'

type Cut = Readonly<{ items: Item[]; used: number }>
const newline = 0x0a

/**
 * JSON objects: all of a body, the members of a list, a line each, or those of a list that never ends. A
 * line without its break counts once it is a whole object. `unfold` gives the items that an object holds.
 */
export function jsonItems(
  bytes: Buffer,
  context: FeedContext,
  unfold: (value: unknown) => readonly unknown[] = (value) => [value],
): Cut {
  const whole = context.isWhole ? parsed(bytes) : undefined
  if (whole !== undefined) {
    const values = (Array.isArray(whole) ? whole : [whole]).flatMap(unfold)
    if (values.length > context.itemsMax) {
      throw tooMany(context.itemsMax)
    }
    const place = { start: 0, end: bytes.length }
    return {
      items: values.map((value) => ({ value: checked(value), ...place })),
      used: bytes.length,
    }
  }
  const { items: lines, used } = cutLines(bytes, context, true)
  const items: Item[] = []
  for (const line of lines) {
    const text = typeof line.value === 'string' ? bare(line.value) : line.value
    if (text === '') continue
    // Members of a list may share a line.
    const value = typeof text === 'string' ? (parsed(text) ?? parsed(`[${text}]`)) : text
    const isUnfinished = bytes[line.end - 1] !== newline && line.end === bytes.length
    const isObjects = Array.isArray(value) ? value.every(isObject) : isObject(value)
    if (isUnfinished && !context.isWhole && !isObjects) return { items, used: line.start }
    if (value === undefined) items.push({ ...line, value: new Refusal('not JSON') })
    else if (value instanceof Refusal) items.push({ ...line, value })
    else {
      const values = (Array.isArray(value) ? value : [value]).flatMap(unfold)
      for (const one of values) items.push({ ...line, value: checked(one) })
    }
  }
  return checkedCount({ items, used }, bytes, context)
}

/** What one line of JSON holds; a Refusal where it is no object. */
export function jsonItem(line: string): unknown {
  const value = parsed(line)
  return value === undefined ? new Refusal('not JSON') : checked(value)
}

/** Lines of text, without their breaks; empty ones are none. */
export function textItems(bytes: Buffer, context: FeedContext): Cut {
  return checkedCount(cutLines(bytes, context, context.isWhole), bytes, context)
}

function cutLines(bytes: Buffer, context: FeedContext, takesLast: boolean): Cut {
  const items: Item[] = []
  let start = 0
  while (start < bytes.length && items.length < context.itemsMax) {
    const found = bytes.indexOf(newline, start)
    if (found < 0 && !takesLast) break
    const end = found < 0 ? bytes.length : found + 1
    const value = lineValue(bytes.subarray(start, end), context.itemBytesMax)
    if (value !== '') items.push({ value, start, end })
    start = end
  }
  return { items, used: start }
}

/** Of a stream the rest comes next; a body that has more is not taken by half. */
function checkedCount(cut: Cut, bytes: Buffer, { isWhole, itemsMax }: FeedContext): Cut {
  if (isWhole && (cut.used < bytes.length || cut.items.length > itemsMax)) throw tooMany(itemsMax)
  return cut
}

function tooMany(itemsMax: number): FormError {
  return new FormError(`more than ${itemsMax} items; send fewer at once`)
}

function lineValue(line: Buffer, bytesMax: number): string | Refusal {
  if (line.length > bytesMax) return new Refusal('larger than a record may be')
  if (!isUtf8(line)) return new Refusal('not UTF-8')
  return line
    .toString()
    .replace(/^\ufeff/, '')
    .trim()
}

/** Without what stands around the members of a list. */
function bare(line: string): string {
  return line.replace(/^[\s,[]+/, '').replace(/[\s,\]]+$/, '')
}

function parsed(text: Buffer | string): unknown {
  try {
    return JSON.parse(text.toString())
  } catch {
    return undefined
  }
}

function checked(value: unknown): unknown {
  if (value instanceof Refusal) return value
  if (!isObject(value)) return new Refusal('not a JSON object')
  return isTooDeep(value) ? new Refusal('nested too deep') : value
}

function isObject(value: unknown): boolean {
  const isNone = value === null || Array.isArray(value) || value instanceof Refusal
  return typeof value === 'object' && !isNone
}
