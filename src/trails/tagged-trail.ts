import { ApiError } from '../errors.ts'
import type { Transaction } from '../operation.ts'
import type { Trail } from './contract.ts'
import { invalidArn, type Standpoint } from './names.ts'
import { checkHomeRegion, lookUpTrail } from './trails.ts'

const pattern = /^arn:aws:cloudtrail:[a-z0-9-]+:(\d{12}):([a-z]+)\/[^/]+$/

/** What is said of resources that can have tags and of which there are none yet. */
const notFound: Readonly<Record<string, string>> = {
  trail: 'ResourceNotFoundException',
  dashboard: 'ResourceNotFoundException',
  eventdatastore: 'EventDataStoreNotFoundException',
  channel: 'ChannelNotFoundException',
}

/**
 * The trail whose tags are meant, as this Region sees it. Throws CloudTrailARNInvalidException,
 * ResourceTypeNotSupportedException for another kind of resource, and that there is none of that ARN in the
 * exception of its kind.
 */
export function findTaggedTrail(tx: Transaction, arn: string, from: Standpoint): Trail {
  const [, accountId, kind = ''] = pattern.exec(arn) ?? []
  if (accountId !== from.accountId) throw invalidArn(arn)
  const trail = kind === 'trail' ? lookUpTrail(tx, arn, from) : undefined
  if (trail) return trail
  if (!Object.hasOwn(notFound, kind)) {
    throw new ApiError('ResourceTypeNotSupportedException', `A ${kind} cannot have tags: ${arn}`)
  }
  throw new ApiError(notFound[kind]!, `There is no resource ${arn} in ${from.region}.`)
}

/** As `findTaggedTrail`; throws InvalidHomeRegionException anywhere but in its home Region. */
export function findHomeTaggedTrail(tx: Transaction, arn: string, from: Standpoint): Trail {
  const trail = findTaggedTrail(tx, arn, from)
  checkHomeRegion(trail, from)
  return trail
}
