import type { Transaction } from '../operation.ts'
import type { Trail } from '../trails/contract.ts'

/** The Regions of which a trail makes digests: none, its home Region or all. */
export type Scope = 'none' | 'home' | 'all'

/**
 * Digests of a trail began, ended or went over to other Regions: document `digest-turn`, key `<trail
 * id>/<version, 10 digits>`. Written with what delivery knows, so that no log file is delivered on the wrong
 * side of it. Taken away when the chains of all Regions have passed it.
 */
export type Turn = Readonly<{
  /** Of the trail behind it. */
  version: number
  before: Scope
  after: Scope
  /** Milliseconds since the epoch. */
  at: number
}>

type Settings = Pick<Trail, 'isLogging' | 'logFileValidation' | 'isMultiRegion'>

/** What the settings of a trail ask for; undefined is a trail that is not there. */
export function scopeOf(trail: Settings | undefined): Scope {
  if (!trail?.isLogging || !trail.logFileValidation) return 'none'
  return trail.isMultiRegion ? 'all' : 'home'
}

/** Whether the scope of a trail at home in `homeRegion` has the Region in it. */
export function isWithin(scope: Scope, region: string, homeRegion: string): boolean {
  return scope === 'all' || (scope === 'home' && region === homeRegion)
}

/** Keeps the turn for digests, if the change is one; in the commit that makes delivery pass the change. */
export function noteTurn(
  tx: Transaction,
  trailId: string,
  change: Readonly<{ before?: Trail; after?: Trail; version: number; at: number }>,
): void {
  const { version, at } = change
  const [before, after] = [scopeOf(change.before), scopeOf(change.after)]
  if (before === after) return
  tx.put('digest-turn', turnKey(trailId, version), { version, before, after, at } satisfies Turn)
}

export function turnKey(trailId: string, version: number): string {
  return `${trailId}/${String(version).padStart(10, '0')}`
}

/** Those that are not passed by all, oldest first. */
export function turnsOf(tx: Transaction, trailId: string): Turn[] {
  return tx.list<Turn>('digest-turn', `${trailId}/`).map(([, turn]) => turn)
}
