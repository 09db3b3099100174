import type { Transaction } from '../operation.ts'
import type { DeliveredLogFile, DigestStatus } from '../trails/contract.ts'
import { type ChainState, chainKey } from './digest-documents.ts'
import { keepEnd, namesakesEnd, trailOf } from './digest-namesakes.ts'
import { opened } from './digest-step.ts'
import { isWithin, scopeOf, turnKey, turnsOf } from './digest-turns.ts'
import type { Progress, TrailEnded } from './documents.ts'

/** Every trail that has, or may need, digests. */
export function trailsOf(tx: Transaction): Set<string> {
  const progress = tx.list<Progress>('delivery').map(([id]) => id)
  return new Set([...progress, ...tx.list<TrailEnded>('trail-ended').map(([id]) => id)])
}

/** The last digests of a deleted trail that were not made, and how many log files they would have listed. */
export type GivenUp = Readonly<{ trail: string; logFiles: number }>

/**
 * Sees to it that a trail has a chain in each Region that it covers, and in each other one that it has log
 * files of, as an event may name any Region; forgets turns that all chains have passed; and forgets
 * everything about a trail that was deleted and has its last digests, or could not get them for `hold`
 * milliseconds and was tried. Returns what it gave up.
 */
export function updateRoster(
  tx: Transaction,
  trailId: string,
  options: Readonly<{
    regions: readonly string[]
    now: number
    hold: number
    /** Whether a chain, by its key, did what it could. */
    hasTried(chain: string): boolean
  }>,
): GivenUp | undefined {
  const progress = tx.get<Progress>('delivery', trailId)
  const ended = tx.get<TrailEnded>('trail-ended', trailId)
  const trail = trailOf(tx, trailId)
  if (!trail) return undefined
  const turns = turnsOf(tx, trailId)
  const firstFiles = firstFileByRegion(tx, trailId)
  const scopes = [turns[0]?.before ?? scopeOf(progress?.trail), ...turns.map(({ after }) => after)]
  for (const region of new Set([...options.regions, trail.homeRegion, ...firstFiles.keys()])) {
    const key = chainKey(trailId, region)
    const within = scopes.map((scope) => isWithin(scope, region, trail.homeRegion))
    if (!within.includes(true) && !firstFiles.has(region)) continue
    if (tx.get('digest-chain', key)) continue
    const closed: ChainState = { turn: 0, lastEnd: 0 }
    const from = firstFiles.get(region) ?? options.now
    const end = namesakesEnd(tx, trail, region)
    tx.put('digest-chain', key, within[0] ? opened(closed, from, end) : closed)
  }
  const chains = tx.list<ChainState>('digest-chain', `${trailId}/`)
  const waiting = turns.filter(({ version }) => {
    if (chains.some(([, { turn }]) => turn < version)) return true
    tx.delete('digest-turn', turnKey(trailId, version))
    return false
  })
  if (!ended || progress) return undefined
  const hasPlans = chains.some(([, { plan }]) => plan)
  const isDone = waiting.length === 0 && firstFiles.size === 0 && !hasPlans
  const isTooOld = options.now - ended.at >= options.hold
  if (!isDone && !(isTooOld && chains.every(([key]) => options.hasTried(key)))) return undefined
  const logFiles = tx.list('delivered-file', `${trailId}/`).length
  for (const [key, chain] of chains) keepEnd(tx, trail, key.slice(trailId.length + 1), chain)
  forget(tx, trailId)
  return isDone ? undefined : { trail: trail.arn, logFiles }
}

function firstFileByRegion(tx: Transaction, trailId: string): Map<string, number> {
  const first = new Map<string, number>()
  for (const [key, file] of tx.list<DeliveredLogFile>('delivered-file', `${trailId}/`)) {
    const region = key.split('/', 2)[1]!
    if (!first.has(region)) first.set(region, file.deliveredAt)
  }
  return first
}

function forget(tx: Transaction, trailId: string): void {
  for (const kind of ['digest-chain', 'digest-turn', 'digest-status', 'delivered-file']) {
    for (const [key] of tx.list<DigestStatus>(kind, `${trailId}/`)) tx.delete(kind, key)
  }
  tx.delete('trail-ended', trailId)
}
