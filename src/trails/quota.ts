import { ApiError } from '../errors.ts'
import type { Transaction } from '../operation.ts'
import { listTrails, type Trail, trailKey } from './contract.ts'
import { isSeenIn } from './trails.ts'

const trailsPerRegionMax = 5

/**
 * A trail counts in every Region that sees it. Throws MaximumNumberOfTrailsExceededException where one of
 * them has five others.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
 */
export function checkQuota(
  tx: Transaction,
  trail: Pick<Trail, 'accountId' | 'homeRegion' | 'name' | 'isMultiRegion'>,
  regions: readonly string[],
): void {
  const { accountId, homeRegion, isMultiRegion } = trail
  const others = listTrails(tx, accountId).filter((one) => trailKey(one) !== trailKey(trail))
  for (const region of isMultiRegion ? regions : [homeRegion]) {
    if (others.filter((one) => isSeenIn(one, region)).length < trailsPerRegionMax) continue
    throw new ApiError(
      'MaximumNumberOfTrailsExceededException',
      `User: ${accountId} already has ${trailsPerRegionMax} trails in ${region}.`,
    )
  }
}
