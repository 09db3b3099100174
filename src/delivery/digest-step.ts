import type { Link } from '../digest/build.ts'
import type { Limits } from '../limits.ts'
import type { DeliveredLogFile } from '../trails/contract.ts'
import type { ChainState, DigestPlan } from './digest-documents.ts'
import { type Schedule, second, secondAfter, secondBefore } from './digest-schedule.ts'
import { isWithin, type Turn } from './digest-turns.ts'

/** What a chain of digests finds when it looks for what is due. */
export type Found = Readonly<{
  chain: ChainState
  region: string
  homeRegion: string
  /** All that are kept, oldest first. */
  turns: readonly Turn[]
  /** Log files in no digest yet, by their documents' keys. */
  files: ReadonlyArray<readonly [key: string, file: DeliveredLogFile]>
  now: number
  schedule: Schedule
  limits: DigestLimits
  /** Where digests of a deleted trail of the same name ended; 0 for none. */
  namesakesEnd: number
}>

export type DigestLimits = Pick<Limits, 'digestFilesMax' | 'digestCatchUp'>

/** A digest to be made; place and key are for others to say. */
export type Due = Omit<DigestPlan, 'bucket' | 'prefix' | 'fingerprint'>

/** Either the chain as it is behind a turn, or a digest. */
export type Step =
  | Readonly<{ chain: ChainState; due?: undefined }>
  | Readonly<{ due: Due; chain?: undefined }>

/**
 * What a chain does next; undefined while nothing is due.
 *
 * A regular digest has all files delivered before its end and is planned when that is past. No file can come
 * in with a time before it any more: delivery reads the clock in the turn in which it commits, so what is
 * committed after the plan is later than the plan, and what is committed before is seen by it or makes it
 * conflict. Only a clock that was set back breaks this; files of such a time are what backfill digests are
 * for.
 */
export function nextStep(found: Found): Step | undefined {
  const { chain, region, homeRegion } = found
  const turn = found.turns.find(({ version }) => version > chain.turn)
  if (turn && isWithin(turn.after, region, homeRegion) === (chain.open !== undefined)) {
    return { chain: { ...chain, turn: turn.version } }
  }
  if (turn && !chain.open) {
    return { chain: { ...opened(chain, turn.at, found.namesakesEnd), turn: turn.version } }
  }
  const due = chain.open ? (regular(found, chain.open, turn) ?? backfill(found)) : backfill(found)
  return due && { due }
}

/**
 * A new chain begins; its first digest is linked to none. It starts with the first whole second, where a last
 * digest of another chain of this name may end: so no two have the same key.
 */
export function opened(chain: ChainState, at: number, namesakesEnd: number): ChainState {
  const start = Math.max(secondAfter(at), chain.lastEnd, namesakesEnd)
  return { ...chain, open: { from: at, start, previous: null } }
}

/** The chain once the planned digest lies in the bucket. */
export function advanced(chain: ChainState, plan: DigestPlan, link: Link): ChainState {
  const { plan: _, ...rest } = chain
  const { kind, endTime } = plan
  if (kind === 'backfill') return { ...rest, backfill: { previous: link, lastEnd: endTime } }
  const { open: __, ...closed } = { ...rest, lastEnd: endTime }
  if (kind === 'final') return closed
  return { ...closed, open: { from: endTime, start: endTime, previous: link } }
}

/**
 * The next by schedule, or the last one where the turn comes before that; one of a second at least. After a
 * long time without any, or a jump of the clock, the first covers most of it. One that would list too many
 * files ends earlier, while they are not too many.
 */
function regular(
  { files, now, schedule, limits }: Found,
  open: NonNullable<ChainState['open']>,
  turn: Turn | undefined,
): Due | undefined {
  const { start: startTime, from } = open
  const last = turn ? Math.max(secondAfter(turn.at), startTime + second) : Number.POSITIVE_INFINITY
  const caughtUpFrom = now - limits.digestCatchUp * schedule.interval
  const dueAt = Math.min(schedule.nextEnd(Math.max(startTime, caughtUpFrom)), last)
  if (dueAt > now) return undefined
  const delivered = (until: number) =>
    files.filter(([, { deliveredAt }]) => deliveredAt >= from && deliveredAt < until)
  const tooMany = delivered(dueAt)[limits.digestFilesMax]?.[1].deliveredAt
  const endTime = tooMany ? Math.max(secondBefore(tooMany), startTime + second) : dueAt
  return {
    kind: endTime === last ? 'final' : 'regular',
    startTime,
    endTime,
    generatedAt: now,
    files: delivered(endTime).map(([key]) => key),
  }
}

/**
 * Files that no other digest is going to list. While the clock is behind the end of the last digest more of
 * them come; they wait for one another until one is due by schedule.
 */
function backfill({ chain, files, now, schedule, limits, namesakesEnd }: Found): Due | undefined {
  const { from, start } = chain.open ?? { from: Number.POSITIVE_INFINITY, start: chain.lastEnd }
  const missed = files
    .map(([key, { deliveredAt }]) => ({ key, deliveredAt }))
    .filter(({ deliveredAt }) => deliveredAt < Math.min(from, secondBefore(now)))
    .slice(0, limits.digestFilesMax)
  const [oldest, newest] = [missed[0]?.deliveredAt, missed.at(-1)?.deliveredAt]
  if (oldest === undefined || newest === undefined) return undefined
  if (now < start && now < schedule.nextEnd(oldest)) return undefined
  const endTime = Math.max(secondAfter(newest), (chain.backfill?.lastEnd ?? namesakesEnd) + second)
  if (endTime > now) return undefined
  return {
    kind: 'backfill',
    startTime: secondBefore(oldest),
    endTime,
    generatedAt: now,
    files: missed.map(({ key }) => key),
  }
}
