import { createHash, timingSafeEqual } from 'node:crypto'
import type { FeedForm } from './feeds/settings.ts'

/** Who may post to `/ingest/<name>`, and what. */
export type Feed = Partial<FeedForm> &
  Readonly<{
    name: string
    /** SHA-256 of the bearer token, hex. */
    tokenHash: string
    /** Accounts it may write; all where absent. */
    accounts?: readonly string[]
    /** Event sources it may write, `*` at the end matches any rest; all where absent. */
    eventSources?: readonly string[]
    /** Regions it may write; all where absent, in bounds. */
    regions?: readonly string[]
  }>

/** What is kept of a token. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** Whether the token is the feed's, in constant time. */
export function isTokenOf(feed: Pick<Feed, 'tokenHash'>, token: string): boolean {
  return timingSafeEqual(Buffer.from(hashToken(token), 'hex'), Buffer.from(feed.tokenHash, 'hex'))
}

/** Where items of feeds are counted, by labels. */
export type ItemCounter = Readonly<{ add(labels: Record<string, string>, by: number): void }>

/** What became of items: durable, durable before, and not taken. */
export type ItemCounts = Readonly<{ taken: number; repeated: number; refused: number }>

/** Counts items of a feed, which is named as in the journal: `ingest:store`, `follow:nodes`. */
export function countItems(counter: ItemCounter, feed: string, counts: ItemCounts): void {
  for (const [outcome, items] of Object.entries(counts)) counter.add({ feed, outcome }, items)
}
