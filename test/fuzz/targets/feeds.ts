import { isDeepStrictEqual } from 'node:util'
import type { FeedContext, Parsed } from '../../../src/capture/feeds/adapter.ts'
import { adapters } from '../../../src/capture/feeds/adapters.ts'
import { FormError } from '../../../src/capture/record-splitter.ts'
import { atOnce } from '../../at-once.ts'
import {
  awsLogLines,
  kubernetesEvent,
  mappedEvent,
  minioEntry,
  minioOwnEntry,
  otlpRecord,
  otlpRequest,
  rgwEntry,
  sampleMap,
  vaultResponse,
  versityLogLine,
  versityWebhook,
} from '../../feed-samples.ts'
import type { Target } from '../fuzzer.ts'

const context: FeedContext = {
  feed: 'fuzz',
  accountId: '111122223333',
  region: 'us-east-1',
  eventSource: 'app.example.internal',
  map: sampleMap,
  isWhole: true,
  itemBytesMax: 32 * 1024,
  itemsMax: 100_000,
}

type Kind = Readonly<{
  /** Two items that make a record each, whatever stands between them. */
  good: readonly [unknown, unknown]
  /** More to begin with. */
  seeds?: readonly unknown[]
  /** What holds items that are JSON; a list where absent. */
  around?: (...items: readonly unknown[]) => unknown
}>

const kinds: Readonly<Record<string, Kind>> = {
  kubernetes: {
    good: [kubernetesEvent, { ...kubernetesEvent, auditID: 'b' }],
    around: (...items) => ({ kind: 'EventList', items }),
  },
  mapping: {
    good: [mappedEvent, { ...mappedEvent, id: 8 }],
    around: (...events) => ({ events }),
  },
  minio: { good: [minioEntry, { ...minioEntry, requestID: 'b' }], seeds: [minioOwnEntry] },
  otlp: {
    good: [otlpRequest(otlpRecord), otlpRequest({ ...otlpRecord, body: { intValue: 3 } })],
    around: (first, item, last) => merged([first, otlpRequest(item), last]),
  },
  rgw: { good: [rgwEntry, { ...rgwEntry, trans_id: 'b' }] },
  's3-access-log': {
    good: [awsLogLines.versioning, awsLogLines.put],
    seeds: [versityLogLine, versityWebhook, awsLogLines.denied, awsLogLines.expired],
  },
  vault: {
    good: [vaultResponse, { ...vaultResponse, request: { ...vaultResponse.request, id: 'b' } }],
    seeds: [{ ...vaultResponse, type: 'request' }],
  },
}

function merged(requests: readonly unknown[]) {
  const logs = requests.flatMap((one) => (one as { resourceLogs: unknown[] }).resourceLogs)
  return { resourceLogs: logs }
}

const written = (item: unknown) => (typeof item === 'string' ? item : JSON.stringify(item))

/**
 * Each adapter of feeds, on a body and on a stream: it makes whole records or refuses items, the same each
 * time, and no item harms those beside it.
 */
export function feedTargets(): Target[] {
  return Object.entries(kinds).map(([name, kind]) => ({
    name: `feed-${name}`,
    seeds: [...kind.good, ...(kind.seeds ?? []), kind.good].map(written),
    tokens: tokens(kind),
    run: (input) => run(name, kind, input),
  }))
}

/** Names and values of the samples, and what lines and JSON are made of. */
function tokens({ good, seeds = [] }: Kind): string[] {
  const words = [...good, ...seeds].flatMap((item) => written(item).split(/(?<=[,:{}[\] ])/))
  const marks = ['\n', '\r\n', '{', '}', '[', ']', ',', '"', '- ', '\\u0000', '\xff', '\ufeff']
  const odd = ['null', 'true', '1e999', '"__proto__":', '{"constructor":', '"-"', '%E0%A4%A', '""']
  return [...new Set([...words, ...marks, ...odd])]
}

function run(name: string, kind: Kind, input: Buffer): string {
  const whole = parse(name, input, true)
  const stream = parse(name, input, false)
  for (const parsed of [whole, stream]) if (parsed) checkParsed(input, parsed)
  if (whole && input.length > 0 && whole.used !== input.length) throw new Error('not all was used')
  if (!isDeepStrictEqual(parse(name, input, true), whole)) throw new Error('another time, others')
  checkBeside(name, kind, input)
  // A request of Vault may make a record before its response is seen.
  if (name !== 'vault') checkPieces(name, input)
  if (!whole) return 'no form'
  const reasons = new Set(whole.refused.map(({ reason }) => reason))
  return `${Math.min(whole.records.length, 5)} ${[...reasons].sort().join(', ')} ${shape(whole)}`
}

/** Which members the first record has: another set is another way through the adapter. */
function shape({ records: [first] }: Parsed): string {
  if (!first) return ''
  const { eventData = {}, ...record } = JSON.parse(first.toString())
  return Object.keys({ ...record, ...eventData, ...record.additionalEventData }).join(' ')
}

function parse(name: string, bytes: Buffer, isWhole: boolean): Parsed | undefined {
  try {
    return atOnce(adapters[name]!(bytes, { ...context, isWhole }))
  } catch (error) {
    if (error instanceof FormError) return undefined
    throw error
  }
}

function checkParsed(input: Buffer, { records, refused, used }: Parsed): void {
  if (used > input.length) throw new Error('more was used than there is')
  for (const record of records) {
    if (record.length > context.itemBytesMax) throw new Error('a record too large')
    if (record.includes(0x0a)) throw new Error('a record of more than one line')
    const { eventID, eventTime } = JSON.parse(record.toString())
    if (!/^[0-9a-f-]{36}$/.test(eventID)) throw new Error('no event id')
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(eventTime)) throw new Error('no event time')
  }
  for (const [i, { index, reason }] of refused.entries()) {
    if (reason.length > 60) throw new Error('a long reason')
    if (i > 0 && index <= refused[i - 1]!.index) throw new Error('refusals out of order')
  }
}

/** The good items are there whatever stands between them: on lines of a body and of a stream, and in a list. */
function checkBeside(name: string, { good, around }: Kind, input: Buffer): void {
  const expected = idsOf(good.map((item) => parse(name, Buffer.from(written(item)), true)))
  const lines = Buffer.concat([
    Buffer.from(`${written(good[0])}\n`),
    input,
    Buffer.from(`\n${written(good[1])}\n`),
  ])
  const made = [parse(name, lines, true), parse(name, lines, false)]
  const value = parsedJson(input)
  if (value !== undefined && typeof good[0] !== 'string') {
    const list = around ? around(good[0], value, good[1]) : [good[0], value, good[1]]
    made.push(parse(name, Buffer.from(JSON.stringify(list)), true))
  }
  for (const parsed of made) {
    const ids = idsOf([parsed])
    if ([...expected].some((id) => !ids.has(id))) throw new Error('a good item is lost')
  }
}

/** A stream in two pieces makes all that it makes in one; of a broken line the first may be whole already. */
function checkPieces(name: string, input: Buffer): void {
  const stream = Buffer.concat([input, Buffer.from('\n')])
  const cut = (input[0] ?? 0) * Math.ceil(stream.length / 256)
  const first = parse(name, stream.subarray(0, cut), false)
  const second = first && parse(name, stream.subarray(first.used), false)
  const all = parse(name, stream, false)
  if (!second || !all) return
  const ids = idsOf([first, second])
  if ([...idsOf([all])].some((id) => !ids.has(id))) throw new Error('lost between two pieces')
}

function idsOf(all: ReadonlyArray<Parsed | undefined>): Set<string> {
  const records = all.flatMap((parsed) => parsed?.records ?? [])
  return new Set(records.map((one) => JSON.parse(one.toString()).eventID))
}

function parsedJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}
