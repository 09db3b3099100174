import { createHash } from 'node:crypto'
import type { Steps } from '../turns.ts'

/** What an adapter knows besides the bytes. */
export type FeedContext = Readonly<{
  /** Its name: event ids are unique within it. */
  feed: string
  /** Whose its records are, and where. */
  accountId: string
  region: string
  /** Of the records it makes: `s3.amazonaws.com`, or a DNS name that the operator chose. */
  eventSource: string
  /** Of the kinds `otlp` and `mapping`: where a record's fields are found. */
  map?: FieldMap
  /** The bytes are all there is; otherwise more follow, and what is unfinished is left. */
  isWhole: boolean
  itemBytesMax: number
  /** Items of one call; of more bytes that follow one another the rest is left. */
  itemsMax: number
}>

/** Paths such as `actor.name` or `changes[0].id`, or `=text` for a fixed value, by the record's field. */
export type FieldMap = Readonly<Record<string, string>>

/** An item that makes no record: which one, counted from 0, and at which of the bytes it begins. */
export type Refused = Readonly<{ index: number; start: number; reason: string }>

export type Parsed = Readonly<{
  /** One JSON object in one line each, the same bytes for the same item whenever it comes. */
  records: readonly Buffer[]
  refused: readonly Refused[]
  /** How many of the bytes are done with: those after it belong to an item that is not finished. */
  used: number
}>

/**
 * Makes records of what a system wrote, in its own form, an item or so at each step. Throws FormError when
 * nothing of it can be read.
 */
export type Adapter = (bytes: Buffer, context: FeedContext) => Steps<Parsed>

/** One item cannot become a record; the reason is short and fixed. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}

/** One item as it was cut out. */
export type Item = Readonly<{
  /** Parsed JSON or, of a feed of lines, the text; a Refusal where it is neither. */
  value: unknown
  /** Where it lies in the bytes. */
  start: number
  end: number
}>

/** Items in their order, `undefined` after a step that found none; returns how many bytes are done with. */
export type Items = Generator<Item | undefined, number, void>

/** Makes what records it can; `make` throws Refusal for an item that cannot become one; no event has none. */
export function* collect(
  items: Items,
  { itemBytesMax }: FeedContext,
  make: (value: unknown, item: Item) => readonly Buffer[],
): Steps<Parsed> {
  const records: Buffer[] = []
  const refused: Refused[] = []
  for (let index = 0; ; ) {
    const next = items.next()
    if (next.done) return { records, refused, used: next.value }
    const item = next.value
    try {
      if (item) records.push(...madeOf(item, itemBytesMax, make))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      refused.push({ index, start: item!.start, reason: error.message })
    }
    if (item) index++
    yield
  }
}

function madeOf(
  item: Item,
  bytesMax: number,
  make: (value: unknown, item: Item) => readonly Buffer[],
): readonly Buffer[] {
  if (item.value instanceof Refusal) throw item.value
  const made = make(item.value, item)
  if (made.some(({ length }) => length > bytesMax)) {
    throw new Refusal('larger than a record may be')
  }
  return made
}

/** Names the events of feeds; made once at random. */
const namespace = Buffer.from('6f1d0c3e5b1b4a0fa9b3c1f7d2ce84a6', 'hex')

/** UUIDv5 of the feed's name and the event's own id there: an event has one id however often it comes. */
export function eventIdOf(feed: string, nativeId: string): string {
  const hash = createHash('sha1').update(namespace).update(`${feed}\0${nativeId}`).digest()
  hash[6] = (hash[6]! & 0x0f) | 0x50
  hash[8] = (hash[8]! & 0x3f) | 0x80
  const hex = hash.toString('hex')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join('-')
}

/** An id for what has none of its own: it is told by its content. */
export function contentId(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex')
}
