import type { Clock } from '../clock.ts'
import { ApiError } from '../errors.ts'
import type { Transaction } from '../operation.ts'
import { type Sink, type Trail, type TrailChange, trailKey } from './contract.ts'
import { arnOf, readTrailId, type Standpoint, trailArn } from './names.ts'

/** What the operations on trails work with. */
export type TrailServices = Readonly<{
  /** Asked whether a trail's bucket takes its files, before the trail is made or changed. */
  sink: Pick<Sink, 'check'>
  /** The Regions that exist: a multi-Region trail is seen, and counts, in each. */
  regions: readonly string[]
}>

/** The call that changes a trail. */
export type Change = Readonly<{ requestId: string; clock: Clock }>

/** Its home Region sees a trail; of a multi-Region trail every other one sees a shadow, with the same ARN. */
export function isSeenIn(trail: Trail, region: string): boolean {
  return trail.isMultiRegion || trail.homeRegion === region
}

/**
 * The trail that a name or ARN means where the caller stands; undefined when none is seen there. Throws
 * CloudTrailARNInvalidException and InvalidTrailNameException.
 */
export function lookUpTrail(
  tx: Transaction,
  nameOrArn: string,
  from: Standpoint,
): Trail | undefined {
  const trail = tx.get<Trail>('trail', trailKey(readTrailId(nameOrArn, from)))
  return trail && isSeenIn(trail, from.region) ? trail : undefined
}

/** As `lookUpTrail`; throws TrailNotFoundException when there is none. */
export function findTrail(tx: Transaction, nameOrArn: string, from: Standpoint): Trail {
  const trail = lookUpTrail(tx, nameOrArn, from)
  if (trail) return trail
  throw unknownTrail(nameOrArn, from)
}

/** The trail to be changed: throws InvalidHomeRegionException anywhere but in its home Region. */
export function findHomeTrail(tx: Transaction, nameOrArn: string, from: Standpoint): Trail {
  const trail = tx.get<Trail>('trail', trailKey(readTrailId(nameOrArn, from)))
  if (!trail) throw unknownTrail(nameOrArn, from)
  checkHomeRegion(trail, from)
  return trail
}

/** Throws InvalidHomeRegionException. */
export function checkHomeRegion({ arn, homeRegion }: Trail, { region }: Standpoint): void {
  if (homeRegion === region) return
  throw new ApiError(
    'InvalidHomeRegionException',
    `The home Region of trail ${arn} is ${homeRegion}; call the operation there, not in ${region}.`,
  )
}

function unknownTrail(nameOrArn: string, from: Standpoint): ApiError {
  return new ApiError(
    'TrailNotFoundException',
    `Unknown trail: ${arnOf(nameOrArn, from)} for the user: ${from.accountId}`,
  )
}

/** Keeps a new trail. Throws TrailAlreadyExistsException where the home Region has one of that name. */
export function addTrail(
  tx: Transaction,
  change: Change,
  wanted: Omit<Trail, 'arn' | 'version'>,
): Trail {
  const key = trailKey(wanted)
  const { name, accountId } = wanted
  if (tx.get('trail', key)) {
    throw new ApiError(
      'TrailAlreadyExistsException',
      `Trail ${name} already exists for customer: ${accountId}`,
    )
  }
  const trail: Trail = { ...wanted, arn: trailArn(wanted), version: 1 }
  tx.put('trail', key, trail)
  noteChange(tx, change, trail, trail)
  return trail
}

/** Changes of one trail that wait for delivery: its bucket may fail for a month, and each is kept whole. */
const waitingChangesMax = 1_000

/**
 * Keeps the trail with some settings changed, as its next version, which delivery is told of. Throws
 * ConflictException where delivery is so many changes behind that no more can be kept for it.
 */
export function changeTrail(
  tx: Transaction,
  change: Change,
  before: Trail,
  settings: Partial<Omit<Trail, 'id' | 'arn' | 'version'>>,
): Trail {
  const waiting = tx.list('trail-change', `${before.id}/`).length
  if (waiting >= waitingChangesMax) {
    throw new ApiError(
      'ConflictException',
      `Trail ${before.arn} was changed ${waiting} times since its last log file. Try again later.`,
    )
  }
  const trail: Trail = { ...before, ...settings, version: before.version + 1 }
  tx.put('trail', trailKey(trail), trail)
  noteChange(tx, change, trail, trail)
  return trail
}

/** The trail is gone at once; what it still owes, delivery keeps. */
export function removeTrail(tx: Transaction, change: Change, trail: Trail): void {
  tx.delete('trail', trailKey(trail))
  noteChange(tx, change, { id: trail.id, version: trail.version + 1 }, undefined)
}

function noteChange(
  tx: Transaction,
  { requestId, clock }: Change,
  { id, version }: Pick<Trail, 'id' | 'version'>,
  after: Trail | undefined,
): void {
  const document: TrailChange = { requestId, after, version, at: clock.now() }
  tx.put('trail-change', `${id}/${requestId}`, document)
}
