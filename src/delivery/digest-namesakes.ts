import type { Transaction } from '../operation.ts'
import { type Trail, trailKey } from '../trails/contract.ts'
import type { ChainState } from './digest-documents.ts'
import { second } from './digest-schedule.ts'
import type { Progress, TrailEnded } from './documents.ts'

// A trail may be deleted, and one of its name and bucket made anew before the last digests of the old one are
// there. Their names differ in their times only, so they must not be made for the same times.

/**
 * Where the digests of a deleted trail ended: document `digest-end`, key
 * `<account>/<home>/<name>/<region>`. One of the same name goes on from there.
 */
type DigestEnd = Readonly<{ end: number }>

/** Far longer than two namesakes live side by side in a second. */
const rememberedMs = 24 * 3600 * second

/** The trail as delivery knows it; as it last was when it is deleted. */
export function trailOf(tx: Transaction, trailId: string): Trail | undefined {
  const progress = tx.get<Progress>('delivery', trailId)
  return progress?.trail ?? tx.get<TrailEnded>('trail-ended', trailId)?.trail
}

/** Those of the trails that must wait with their digests until those of a deleted namesake are all there. */
export function waitingTrails(tx: Transaction, trailIds: Iterable<string>): Set<string> {
  const namesakes = new Map<string, Trail[]>()
  for (const trailId of trailIds) {
    const trail = trailOf(tx, trailId)
    if (!trail) continue
    const place = [trailKey(trail), trail.bucket, trail.prefix].join(' ')
    namesakes.set(place, [...(namesakes.get(place) ?? []), trail])
  }
  const waiting = new Set<string>()
  for (const [first, ...others] of namesakes.values()) {
    if (others.length === 0) continue
    const current = tx.get<Trail>('trail', trailKey(first!))?.id
    const inOrder = [first!, ...others].sort((a, b) => {
      if (a.id === current || b.id === current) return a.id === current ? 1 : -1
      return a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)
    })
    const busy = inOrder.findIndex(({ id }) => hasDigests(tx, id))
    if (busy >= 0) for (const { id } of inOrder.slice(busy + 1)) waiting.add(id)
  }
  return waiting
}

function hasDigests(tx: Transaction, trailId: string): boolean {
  return ['digest-chain', 'digest-turn'].some((kind) => tx.list(kind, `${trailId}/`).length > 0)
}

/** Remembers where the digests of a trail that is forgotten ended. */
export function keepEnd(tx: Transaction, trail: Trail, region: string, chain: ChainState): void {
  const end = Math.max(chain.lastEnd, chain.backfill?.lastEnd ?? 0)
  if (end > 0) tx.put('digest-end', endKey(trail, region), { end } satisfies DigestEnd)
}

/** No digest of the trail may end here or before; 0 where there was no namesake. */
export function namesakesEnd(tx: Transaction, trail: Trail, region: string): number {
  return tx.get<DigestEnd>('digest-end', endKey(trail, region))?.end ?? 0
}

/** Forgets ends of long ago. */
export function dropEnds(tx: Transaction, now: number): void {
  for (const [key, { end }] of tx.list<DigestEnd>('digest-end')) {
    if (end < now - rememberedMs) tx.delete('digest-end', key)
  }
}

function endKey(trail: Trail, region: string): string {
  return `${trailKey(trail)}/${region}`
}
