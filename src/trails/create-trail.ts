import type { CreateTrailRequest } from '../gen/cloudtrail-types.ts'
import type { Ids } from '../ids.ts'
import type { Transaction } from '../operation.ts'
import { checkBucket } from './bucket-check.ts'
import type { Trail } from './contract.ts'
import { defaultSelectors } from './default-selectors.ts'
import type { Standpoint } from './names.ts'
import { checkQuota } from './quota.ts'
import { defaultSettings, settle } from './settings.ts'
import { withTags } from './tags.ts'
import { checkTrailName } from './trail-name.ts'
import { addTrail, type Change, type TrailServices } from './trails.ts'

/**
 * A new trail in the Region where the caller stands, which logs nothing yet. Throws what its name, settings
 * and tags are refused with, TrailAlreadyExistsException, MaximumNumberOfTrailsExceededException, and what
 * its bucket is refused with, in this order.
 */
export async function createTrail(
  tx: Transaction,
  by: Change & Readonly<{ ids: Ids }>,
  services: TrailServices,
  { accountId, region }: Standpoint,
  wanted: CreateTrailRequest,
): Promise<Trail> {
  checkTrailName(wanted.Name)
  const trail = addTrail(tx, by, {
    id: by.ids.uuid(),
    name: wanted.Name,
    accountId,
    homeRegion: region,
    ...settle(defaultSettings, wanted),
    isLogging: false,
    createdAt: by.clock.now(),
    selectors: defaultSelectors,
    insightSelectors: [],
    tags: withTags({}, wanted.TagsList ?? []),
  })
  checkQuota(tx, trail, services.regions)
  await checkBucket(services, trail)
  return trail
}
