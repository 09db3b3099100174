import type { IncomingMessage } from 'node:http'
import type { Clock } from '../clock.ts'
import type { Limits } from '../limits.ts'
import type { BulkAppends, Room } from './bulk-appends.ts'
import type { FeedContext, Parsed } from './feeds/adapter.ts'
import { adapters } from './feeds/adapters.ts'
import type { FeedForm } from './feeds/settings.ts'
import { inflatedBody, RequestError } from './ingest-body.ts'
import { inTurns } from './turns.ts'

export type AdaptedLimits = Pick<
  Limits,
  'recordBytesMax' | 'feedBodyBytesMax' | 'feedBodyWait' | 'feedItemsMax'
>

/** What an adapter is told of a feed; `defaults` are the server's own account and Region. */
export function feedContext(
  feed: FeedForm & Readonly<{ name: string }>,
  defaults: Readonly<{ account: string; region: string }>,
  limits: Pick<Limits, 'recordBytesMax' | 'feedItemsMax'>,
): Omit<FeedContext, 'isWhole'> {
  return {
    feed: feed.name,
    accountId: feed.account ?? defaults.account,
    region: feed.region ?? defaults.region,
    eventSource: feed.eventSource ?? 's3.amazonaws.com',
    map: feed.map,
    itemBytesMax: limits.recordBytesMax,
    itemsMax: limits.feedItemsMax,
  }
}

/**
 * Reads a body of a system's own form and makes records of it. `room` is taken as the body comes in, so that
 * slow senders hold no more than they sent, and given back when `use` has ended. A body for whose next bytes
 * there is none for a while is refused: half bodies must not wait for one another.
 */
export async function withAdapted<T>(
  request: IncomingMessage,
  { kind, context, room, limits, clock }: Reading,
  use: (parsed: Parsed) => Promise<T>,
): Promise<T> {
  if (/protobuf/.test(request.headers['content-type'] ?? '')) {
    throw new RequestError(415, 'send OTLP in JSON: Content-Type application/json')
  }
  let held = 0
  try {
    const pieces: Buffer[] = []
    for await (const piece of inflatedBody(request, limits.feedBodyBytesMax)) {
      if (!(await room.takeWithin(piece.length, limits.feedBodyWait, clock))) {
        throw new RequestError(503, 'too many large bodies at once; send the whole again later')
      }
      held += piece.length
      pieces.push(piece)
    }
    const steps = adapters[kind]!(Buffer.concat(pieces), { ...context, isWhole: true })
    return await use(await inTurns(steps, clock))
  } finally {
    room.giveBack(held)
  }
}

type Reading = Readonly<{
  kind: string
  context: Omit<FeedContext, 'isWhole'>
  room: Room
  limits: AdaptedLimits
  clock: Clock
}>

/** Resolves once all of them are durable. */
export async function appendAll(records: readonly Buffer[], appends: BulkAppends): Promise<void> {
  try {
    for (const record of records) {
      if (appends.add(record)) await appends.flush()
    }
  } finally {
    await appends.end()
  }
}
