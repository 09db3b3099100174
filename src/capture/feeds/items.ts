import { isUtf8 } from 'node:buffer'
import { limits } from '../../limits.ts'
import { FormError, RecordSplitter } from '../record-splitter.ts'
import type { Steps } from '../turns.ts'
import { type FeedContext, type Item, type Items, Refusal } from './adapter.ts'
import { isTooDeep } from './fields.ts'

const newline = 0x0a
const quote = 0x22
const backslash = 0x5c
const open = 0x7b
const close = 0x7d
const openList = 0x5b
const closeList = 0x5d
/** A list is cut so many bytes at a time. */
const pieceBytes = 64 * 1024

type Unfold = (value: unknown) => Iterable<unknown>

/**
 * JSON objects: all of a body, the members of a list, a line each, or those of a list that never ends. A
 * line without its break counts once it is a whole object. `unfold` gives the items that an object holds.
 */
export function* jsonItems(
  bytes: Buffer,
  context: FeedContext,
  unfold: Unfold = (value) => [value],
): Items {
  const items = (yield* bodyItems(bytes, context, unfold)) ?? lineItems(bytes, context, unfold)
  for (let count = 0; ; ) {
    const next = items.next()
    if (next.done) return next.value
    if (next.value && ++count > context.itemsMax && context.isWhole) throw tooMany(context.itemsMax)
    yield next.value
  }
}

/** What one line of JSON holds; a Refusal where it is no object. */
export function jsonItem(line: string): unknown {
  return checked(parsed(line) ?? new Refusal('not JSON'))
}

/** Lines of text, without their breaks; empty ones are none. */
export function textItems(bytes: Buffer, context: FeedContext): Items {
  return cutLines(bytes, context, context.isWhole)
}

/** Of a body that is one list or one JSON value; undefined where it is neither. */
function* bodyItems(bytes: Buffer, context: FeedContext, unfold: Unfold): Steps<Items | undefined> {
  if (!context.isWhole) return undefined
  const members = yield* listMembers(bytes, context)
  if (members) return memberItems(members, bytes.length, context, unfold)
  yield
  // The one step that takes as long as the body is large.
  const whole = isShallow(bytes) ? parsed(bytes) : undefined
  return whole === undefined ? undefined : wholeItems(whole, bytes.length, unfold)
}

/** Cut out but not read, so that no step takes long; undefined where this is no list of objects. */
function* listMembers(
  bytes: Buffer,
  { itemBytesMax, itemsMax }: FeedContext,
): Steps<Buffer[] | undefined> {
  if (!/^\ufeff?\s*\[/.test(bytes.toString('utf8', 0, 64))) return undefined
  const { nestingMax } = limits
  const splitter = new RecordSplitter({ recordBytesMax: itemBytesMax, nestingMax })
  const members: Buffer[] = []
  try {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const cuts = splitter.push(bytes.subarray(at, at + pieceBytes))
      for (const cut of cuts) members.push(cut.bytes)
      if (members.length > itemsMax) break
      yield
    }
    for (const cut of splitter.end()) members.push(cut.bytes)
    if (members.length <= itemsMax) splitter.checkWhole()
  } catch (error) {
    if (error instanceof FormError) return undefined
    throw error
  }
  if (members.length > itemsMax) throw tooMany(itemsMax)
  return members
}

/** False for JSON nested deeper than may be: a parser needs seconds for nothing but brackets. */
function isShallow(bytes: Buffer): boolean {
  const { nestingMax } = limits
  let depth = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === quote) at = endOfText(bytes, at + 1)
    else if (byte === open || byte === openList) depth++
    else if (byte === close || byte === closeList) depth--
    if (depth > nestingMax) return false
  }
  return true
}

/** Where its last quote is. */
function endOfText(bytes: Buffer, from: number): number {
  let at = from
  for (; at < bytes.length && bytes[at] !== quote; at++) if (bytes[at] === backslash) at++
  return at
}

function* memberItems(
  members: readonly Buffer[],
  end: number,
  { itemBytesMax }: FeedContext,
  unfold: Unfold,
): Items {
  for (const member of members) {
    yield* opened(read(lineText(member, itemBytesMax)), { start: 0, end }, unfold)
  }
  return end
}

function* wholeItems(whole: unknown, end: number, unfold: Unfold): Items {
  yield* opened(whole, { start: 0, end }, unfold)
  return end
}

function* lineItems(bytes: Buffer, context: FeedContext, unfold: Unfold): Items {
  const lines = cutLines(bytes, context, true)
  for (;;) {
    const next = lines.next()
    if (next.done) return next.value
    const line = next.value
    yield
    const text = typeof line?.value === 'string' ? bare(line.value) : line?.value
    if (!line || text === '') continue
    const value = read(text)
    const isUnfinished = bytes[line.end - 1] !== newline && line.end === bytes.length
    const isObjects = Array.isArray(value) ? value.every(isObject) : isObject(value)
    if (isUnfinished && !context.isWhole && !isObjects) return line.start
    yield* opened(value, line, unfold)
  }
}

/** The items that a value holds, or the members of a list. */
function* opened(
  value: unknown,
  { start, end }: Pick<Item, 'start' | 'end'>,
  unfold: Unfold,
): Generator<Item, void> {
  for (const one of Array.isArray(value) ? value : [value]) {
    const items = one instanceof Refusal ? [one] : unfold(one)
    for (const item of items) yield { value: checked(item), start, end }
  }
}

function* cutLines(bytes: Buffer, context: FeedContext, takesLast: boolean): Items {
  const { itemsMax, itemBytesMax, isWhole } = context
  let lines = 0
  let start = 0
  while (start < bytes.length) {
    // Of a stream the rest comes next; a body that has more is not taken by half.
    if (lines === itemsMax && isWhole) throw tooMany(itemsMax)
    if (lines === itemsMax) break
    const found = bytes.indexOf(newline, start)
    if (found < 0 && !takesLast) break
    const end = found < 0 ? bytes.length : found + 1
    const value = lineText(bytes.subarray(start, end), itemBytesMax)
    if (value === '') yield
    else {
      lines += 1
      yield { value, start, end }
    }
    start = end
  }
  return start
}

function tooMany(itemsMax: number): FormError {
  return new FormError(`more than ${itemsMax} items; send fewer at once`)
}

function lineText(line: Buffer, bytesMax: number): string | Refusal {
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

/** Members of a list may share a line. */
function read(text: unknown): unknown {
  if (typeof text !== 'string') return text
  return parsed(text) ?? parsed(`[${text}]`) ?? new Refusal('not JSON')
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
