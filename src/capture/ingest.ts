import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { createGunzip, createInflate, createZstdDecompress } from 'node:zlib'
import { StorageError } from '../errors.ts'
import type { Entry, Journal } from '../journal/contract.ts'
import type { Limits } from '../limits.ts'
import type { Log } from '../log.ts'
import { oneLine } from '../record/bytes.ts'
import { checkRecord } from '../record/check.ts'
import { type Feed, isTokenOf } from './feeds.ts'
import { FormError, RecordSplitter } from './record-splitter.ts'

export type IngestOptions = Readonly<{
  journal: Pick<Journal, 'append'>
  feeds: readonly Feed[]
  limits: Pick<
    Limits,
    'recordBytesMax' | 'nestingMax' | 'ingestBytesMax' | 'ingestBatchBytes' | 'ingestRefusalsListed'
  >
  log: Log
}>

/** A request that is refused as a whole. */
class RequestError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** What became of a request's records; `accepted` and `duplicates` are durable. */
type Outcome = {
  accepted: number
  duplicates: number
  refused: number
  /** `index` counts the request's records from 0. */
  refusals: Array<{ index: number; reason: string; eventID?: string }>
}

/** Appends under way at once for one request: one is synced while the next is gathered. */
const appendsMax = 2

/**
 * `POST /ingest/<feed>`: records in bulk, kept as they came. The answer leaves after the last sync and
 * counts what was accepted, what had come before, and what was refused and why. When it fails half-way
 * the answer says how much is durable; the whole may be sent again.
 */
export function ingestHandler(
  options: IngestOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const outcome: Outcome = { accepted: 0, duplicates: 0, refused: 0, refusals: [] }
    try {
      const feed = authenticate(request, options.feeds)
      await take(inflated(request, options.limits.ingestBytesMax), feed, outcome, options)
      answer(request, response, 200, outcome)
    } catch (error) {
      const { status, message } = describe(error, options.log)
      answer(request, response, status, { error: message, ...outcome })
    }
  }
}

function authenticate(request: IncomingMessage, feeds: readonly Feed[]): Feed {
  const name = /^\/ingest\/([^/?]+)$/.exec(request.url!.split('?', 1)[0]!)?.[1]
  const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (token === undefined) {
    throw new RequestError(401, 'send the feed\'s token: "Authorization: Bearer <token>"')
  }
  // A wrong token takes the same path for a feed that exists and one that does not.
  const feed = feeds.find((one) => one.name === name)
  if (!feed || !isTokenOf(feed, token)) {
    throw new RequestError(403, 'no such feed, or the token is not its token')
  }
  if (request.method !== 'POST') throw new RequestError(405, 'send records with POST')
  return feed
}

async function take(
  body: AsyncIterable<Buffer>,
  feed: Feed,
  outcome: Outcome,
  { journal, limits }: IngestOptions,
): Promise<void> {
  const splitter = new RecordSplitter(limits.recordBytesMax)
  const underWay = new Set<Promise<void>>()
  const from = `ingest:${feed.name}`
  let batch: Entry[] = []
  let batchBytes = 0
  let index = 0

  const flush = async () => {
    if (batch.length === 0) return
    const append = journal.append(batch, { once: true }).then(({ seqs }) => {
      const accepted = seqs.filter((seq) => seq !== undefined).length
      outcome.accepted += accepted
      outcome.duplicates += seqs.length - accepted
    })
    batch = []
    batchBytes = 0
    const tracked = append.finally(() => underWay.delete(tracked))
    tracked.catch(() => undefined)
    underWay.add(tracked)
    if (underWay.size >= appendsMax) await Promise.race(underWay)
  }
  const add = async (records: readonly Buffer[]) => {
    for (const bytes of records) {
      const reason = refusal(bytes, feed, limits)
      if (reason) {
        outcome.refused += 1
        if (outcome.refusals.length < limits.ingestRefusalsListed) {
          outcome.refusals.push({ index, ...reason })
        }
      } else {
        const record = oneLine(trimmed(bytes))
        batch.push({ from, record })
        batchBytes += record.length
      }
      index += 1
      if (batchBytes >= limits.ingestBatchBytes) await flush()
    }
  }

  try {
    for await (const bytes of body) await add(splitter.push(bytes))
    await add(splitter.end())
  } finally {
    // What was whole is kept whatever came after it, so that the counts say what is durable.
    await flush()
    await Promise.all(underWay)
  }
}

/** Why a record is not taken; undefined when it is. */
function refusal(
  bytes: Buffer,
  { accounts, eventSources }: Feed,
  limits: IngestOptions['limits'],
): { reason: string; eventID?: string } | undefined {
  const checked = checkRecord(bytes, limits)
  if ('refused' in checked) return { reason: checked.refused, eventID: checked.eventID }
  const { recipientAccountId, userIdentity, eventSource, eventID } = checked.record
  const id = typeof eventID === 'string' ? eventID.slice(0, 128) : undefined
  const account =
    recipientAccountId ?? (userIdentity as { accountId?: unknown } | undefined)?.accountId
  if (accounts && !accounts.includes(String(account))) {
    return { reason: 'not an account of this feed', eventID: id }
  }
  if (eventSources && !eventSources.some((one) => matches(one, String(eventSource)))) {
    return { reason: 'not an event source of this feed', eventID: id }
  }
  return undefined
}

function matches(pattern: string, source: string): boolean {
  return pattern.endsWith('*') ? source.startsWith(pattern.slice(0, -1)) : source === pattern
}

/** Without white space around it. */
function trimmed(record: Buffer): Buffer {
  let start = 0
  let end = record.length
  while (start < end && record[start]! <= 0x20) start++
  while (end > start && record[end - 1]! <= 0x20) end--
  return record.subarray(start, end)
}

/** The body's bytes, inflated; bounded, so that a small body cannot become an endless one. */
async function* inflated(request: IncomingMessage, bytesMax: number): AsyncGenerator<Buffer> {
  let size = 0
  for await (const bytes of decoded(request)) {
    size += bytes.length
    if (size > bytesMax) throw new RequestError(413, `send at most ${bytesMax} bytes at once`)
    yield bytes
  }
  if (!request.complete) throw new RequestError(400, 'the request was cut off before its end')
}

function decoded(request: IncomingMessage): Readable {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  const decoder =
    encoding === 'gzip'
      ? createGunzip()
      : encoding === 'deflate'
        ? createInflate()
        : encoding === 'zstd'
          ? createZstdDecompress()
          : undefined
  if (decoder) {
    request.once('error', (error) => decoder.destroy(error))
    return request.pipe(decoder)
  }
  if (encoding === 'identity') return request
  throw new RequestError(
    415,
    `Content-Encoding ${encoding} is not known; send gzip, zstd, deflate or none`,
  )
}

function describe(error: unknown, log: Log): { status: number; message: string } {
  if (error instanceof RequestError) return { status: error.status, message: error.message }
  if (error instanceof FormError) return { status: 400, message: error.message }
  if (error instanceof StorageError) {
    log.error('ingest failed', error)
    return {
      status: 503,
      message: `not all could be kept (${error.reason}); send the whole again later`,
    }
  }
  const { code } = error as NodeJS.ErrnoException
  if (code?.startsWith('Z_') || code?.startsWith('ZSTD_')) {
    return { status: 400, message: 'the compressed body is damaged or cut off' }
  }
  if (code === 'ECONNRESET')
    return { status: 400, message: 'the request was cut off before its end' }
  log.error('ingest failed', error)
  return { status: 500, message: "an internal error; see the server's log" }
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: object,
): void {
  if (response.destroyed) return
  const text = `${JSON.stringify(body)}\n`
  // What is left of a refused body is not read.
  const rest = request.complete ? {} : { connection: 'close' }
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...rest,
  })
  response.end(text)
}
