import type { UpdateTrailRequest } from '../gen/cloudtrail-types.ts'
import type { Transaction } from '../operation.ts'
import { checkBucket } from './bucket-check.ts'
import type { Trail } from './contract.ts'
import type { Standpoint } from './names.ts'
import { checkQuota } from './quota.ts'
import { settle } from './settings.ts'
import { type Change, changeTrail, findHomeTrail, type TrailServices } from './trails.ts'

/**
 * The trail with the settings that are given. Throws TrailNotFoundException, InvalidHomeRegionException,
 * what the settings are refused with, MaximumNumberOfTrailsExceededException where it turns multi-Region and
 * another Region is full, and what its bucket is refused with, in this order.
 */
export async function updateTrail(
  tx: Transaction,
  by: Change,
  services: TrailServices,
  from: Standpoint,
  { Name, ...wanted }: UpdateTrailRequest,
): Promise<Trail> {
  const before = findHomeTrail(tx, Name, from)
  const trail = changeTrail(tx, by, before, settle(before, wanted))
  if (trail.isMultiRegion && !before.isMultiRegion) checkQuota(tx, trail, services.regions)
  await checkBucket(services, trail)
  return trail
}
