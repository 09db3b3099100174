import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../clock.ts'
import { StorageError } from '../errors.ts'
import type { Journal } from '../journal/contract.ts'
import type { Limits } from '../limits.ts'
import type { Log } from '../log.ts'
import { oneLine } from '../record/bytes.ts'
import { isEarlier } from '../record/event-time.ts'
import { appendAll, feedContext, withAdapted } from './adapted-request.ts'
import { BulkAppends, Room } from './bulk-appends.ts'
import { countItems, type Feed, type ItemCounter, isTokenOf } from './feeds.ts'
import {
  checkLength,
  inflatedBody,
  isReadThrough,
  keepMoving,
  RequestError,
} from './ingest-body.ts'
import { NamedRegions } from './named-regions.ts'
import { refusal } from './record-refusal.ts'
import { type Cut, FormError, RecordSplitter } from './record-splitter.ts'

export type IngestOptions = Readonly<{
  journal: Pick<Journal, 'append'>
  feeds: readonly Feed[]
  /** Whose the records of feeds are that say nothing else. */
  defaults: Readonly<{ account: string; region: string }>
  /** The server's own. */
  regions: readonly string[]
  limits: Pick<
    Limits,
    | 'recordBytesMax'
    | 'nestingMax'
    | 'ingestBytesMax'
    | 'ingestBatchBytes'
    | 'ingestQueueBytesMax'
    | 'ingestRefusalsListed'
    | 'feedBodyBytesMax'
    | 'feedBodiesBytesMax'
    | 'feedBodyWait'
    | 'feedItemsMax'
    | 'feedRegionsMax'
    | 'requestTimeout'
    | 'ingestPeriodBytesMin'
  >
  clock: Clock
  log: Log
  items: ItemCounter
}>

/** What the listener lets a route do for whoever sends a body. */
type Sender = Readonly<{ isWaiting(): boolean; goOn(): void; trust(): void }>

/** Of the rest of a refused body. */
const refusedBytesMax = 1024 * 1024

/** What became of a request's records but for those that are appended. */
type Refusals = {
  refused: number
  /** `index` counts the request's records from 0. */
  refusals: Array<{ index: number; reason: string; eventID?: string }>
  /** Records taken, duplicates too, whose `eventTime` is before the time the request asks about. */
  earlier?: number
}

/**
 * `POST /ingest/<feed>`: records in bulk, kept as they came. The answer leaves after the last sync and
 * counts what was accepted, what had come before, and what was refused and why. When it fails half-way
 * the answer says how much is durable; the whole may be sent again. With `?before=2026-08-23T00:00:00Z`
 * it counts the events of earlier times, too.
 */
export function ingestHandler(
  options: IngestOptions,
): (request: IncomingMessage, response: ServerResponse, sender: Sender) => Promise<void> {
  const { journal, feeds, regions, limits, log, items } = options
  const room = new Room(limits.ingestQueueBytesMax)
  const bodies = new Room(limits.feedBodiesBytesMax)
  const named = new NamedRegions(regions, limits.feedRegionsMax)
  return async (request, response, sender) => {
    const refusals: Refusals = { refused: 0, refusals: [] }
    let appends: BulkAppends | undefined
    let failure: { status: number; error: string } | undefined
    try {
      const feed = authenticate(request, feeds)
      const from = `ingest:${feed.name}`
      appends = new BulkAppends(journal, { from, room, batchBytes: limits.ingestBatchBytes })
      const before = timeAskedAbout(request)
      if (before !== undefined) refusals.earlier = 0
      const taking = { feed, appends, refusals, limits, before, named }
      checkLength(request, feed.kind ? limits.feedBodyBytesMax : limits.ingestBytesMax)
      sender.goOn()
      if (feed.kind !== undefined) {
        const dry = await takeAdapted(request, { feed, appends, refusals, bodies, ...options })
        if (dry) return answer(response, 200, dry)
      } else {
        sender.trust()
        keepMoving(request, options)
        await take(inflatedBody(request, limits.ingestBytesMax), taking)
      }
    } catch (error) {
      failure = describe(error, log)
    }
    const { accepted = 0, duplicates = 0 } = appends ?? {}
    const { refused } = refusals
    if (appends) countItems(items, appends.from, { taken: accepted, repeated: duplicates, refused })
    const outcome = { accepted, duplicates, ...refusals, ...partialSuccess(request, refusals) }
    if (failure) await answerFailure(request, response, { ...failure, sender }, outcome)
    else answer(response, 200, outcome)
  }
}

function authenticate(request: IncomingMessage, feeds: readonly Feed[]): Feed {
  const [, name, rest] = /^\/ingest\/([^/?]+)(\/v1\/logs)?$/.exec(pathOf(request)) ?? []
  const token = tokenOf(request.headers.authorization ?? '')
  if (token === undefined) {
    throw new RequestError(401, 'send the feed\'s token: "Authorization: Bearer <token>"')
  }
  // A wrong token takes as long for a feed that there is as for one that there is not.
  const feed = feeds.find((one) => one.name === name)
  const isRight = isTokenOf(feed ?? { tokenHash: '0'.repeat(64) }, token)
  if (!feed || !isRight) {
    throw new RequestError(403, 'no such feed, or the token is not its token')
  }
  if (request.method !== 'POST') throw new RequestError(405, 'send records with POST')
  if (isDryRun(request) && feed.kind === undefined) {
    throw new RequestError(400, 'a dry run is for feeds that have a kind')
  }
  if (rest && feed.kind !== 'otlp')
    throw new RequestError(404, 'only feeds of kind otlp have /v1/logs')
  return feed
}

/** Throws RequestError for what may have been meant as one: it must not become a real run. */
function isDryRun(request: IncomingMessage): boolean {
  const query = new URLSearchParams(request.url!.split('?')[1])
  const [name, value] = [...query].find(([one]) => /^dry-?run$/i.test(one)) ?? []
  if (name === undefined || value === 'false') return false
  if (name === 'dryRun' && value === 'true') return true
  throw new RequestError(400, `a dry run is asked for with dryRun=true, not ${name}=${value}`)
}

function pathOf(request: IncomingMessage): string {
  return request.url!.split('?', 1)[0]!
}

/**
 * A bearer token, or the password of an address such as `http://feed:token@host/`, for senders that can be
 * given no header; MinIO sends what it is given as it is.
 */
function tokenOf(authorization: string): string | undefined {
  const basic = /^Basic (\S+)$/i.exec(authorization)?.[1]
  if (basic) return Buffer.from(basic, 'base64').toString().split(':').slice(1).join(':')
  return /^(?:Bearer )?([^\s]+)$/i.exec(authorization)?.[1]
}

type TakingAdapted = IngestOptions &
  Readonly<{ feed: Feed; appends: BulkAppends; refusals: Refusals; bodies: Room }>

/** With `?dryRun=true` nothing is appended, and what would be is answered. */
async function takeAdapted(
  request: IncomingMessage,
  { feed, appends, refusals, bodies: room, defaults, limits, clock }: TakingAdapted,
): Promise<object | undefined> {
  const kind = feed.kind!
  const context = feedContext({ ...feed, kind }, defaults, limits)
  return await withAdapted(request, { kind, context, room, limits, clock }, async (parsed) => {
    const { records, refused } = parsed
    refusals.refused = refused.length
    refusals.refusals = refused
      .slice(0, limits.ingestRefusalsListed)
      .map(({ index, reason }) => ({ index, reason }))
    if (!isDryRun(request)) {
      await appendAll(records, appends)
      return undefined
    }
    const shown = records.slice(0, limits.ingestRefusalsListed)
    const wouldRecord = shown.map((record) => JSON.parse(record.toString()) as unknown)
    return { dryRun: true, records: records.length, ...refusals, wouldRecord }
  })
}

/** What OTLP's senders look for in an answer. */
function partialSuccess(
  request: IncomingMessage,
  { refused, refusals }: Refusals,
): object | undefined {
  if (refused === 0 || !pathOf(request).endsWith('/v1/logs')) return undefined
  const errorMessage = refusals.map(({ index, reason }) => `${index}: ${reason}`).join('; ')
  return { partialSuccess: { rejectedLogRecords: refused, errorMessage } }
}

function timeAskedAbout(request: IncomingMessage): string | undefined {
  const before = new URLSearchParams(request.url!.split('?')[1]).get('before') ?? undefined
  if (before === undefined || /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(before)) return before
  throw new RequestError(400, 'before is a time like 2026-08-23T00:00:00Z')
}

type Taking = Readonly<{
  feed: Feed
  before: string | undefined
  appends: BulkAppends
  refusals: Refusals
  limits: IngestOptions['limits']
  named: NamedRegions
}>

/** Resolves once all records of a body that are not refused are durable. */
async function take(body: AsyncIterable<Buffer>, taking: Taking): Promise<void> {
  const { appends, limits } = taking
  const splitter = new RecordSplitter(limits)
  let index = 0
  const add = async (records: readonly Cut[]) => {
    for (const record of records) {
      if (takeOne(record, index++, taking)) await appends.flush()
    }
  }
  try {
    for await (const bytes of body) await add(splitter.push(bytes))
    await add(splitter.end())
    splitter.checkWhole()
  } finally {
    // What was whole is kept whatever came after it, so that the counts say what is durable.
    await appends.end()
  }
}

/** True when what is gathered should be appended before more comes. */
function takeOne(cut: Cut, index: number, taking: Taking): boolean {
  const { feed, appends, refusals, limits, before } = taking
  const { bytes } = cut
  const reason = refusal(cut, feed, taking)
  if (!reason) {
    if (before !== undefined && isEarlier(bytes, before)) refusals.earlier! += 1
    return appends.add(oneLine(trimmed(bytes)))
  }
  refusals.refused += 1
  if (refusals.refusals.length < limits.ingestRefusalsListed) {
    refusals.refusals.push({ index, ...reason })
  }
  return false
}

/** Without white space around it. */
function trimmed(record: Buffer): Buffer {
  let start = 0
  let end = record.length
  while (start < end && record[start]! <= 0x20) start++
  while (end > start && record[end - 1]! <= 0x20) end--
  return end - start === record.length ? record : record.subarray(start, end)
}

function describe(error: unknown, log: Log): { status: number; error: string } {
  if (error instanceof RequestError) return { status: error.status, error: error.message }
  if (error instanceof FormError) return { status: 400, error: error.message }
  log.error('ingest failed', error)
  if (error instanceof StorageError) {
    return {
      status: 503,
      error: `not all could be kept (${error.reason}); send the whole again later`,
    }
  }
  return { status: 500, error: "an internal error; see the server's log" }
}

/** Whoever still sends would not see the answer, so some of the rest is read before the connection ends. */
async function answerFailure(
  request: IncomingMessage,
  response: ServerResponse,
  { status, error, sender }: { status: number; error: string; sender: Sender },
  outcome: object,
): Promise<void> {
  const isRead = !sender.isWaiting() && (await isReadThrough(request, refusedBytesMax))
  if (!isRead) response.setHeader('connection', 'close')
  if (status === 503) response.setHeader('retry-after', '1')
  answer(response, status, { error, ...outcome })
}

function answer(response: ServerResponse, status: number, body: object): void {
  if (response.destroyed) return
  const text = `${JSON.stringify(body)}\n`
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}
