import { ApiError } from '../errors.ts'
import { checkTrailName } from './trail-name.ts'

/** Where a caller stands: a bare name means a trail of this account and home Region. */
export type Standpoint = Readonly<{ accountId: string; region: string }>

/** Which trail is meant. */
export type TrailId = Readonly<{ accountId: string; homeRegion: string; name: string }>

const pattern = /^arn:aws:cloudtrail:([a-z0-9-]+):(\d{12}):trail\/([^/]*)$/

/** `arn:aws:cloudtrail:<home Region>:<account>:trail/<name>` */
export function trailArn({ accountId, homeRegion, name }: TrailId): string {
  return `arn:aws:cloudtrail:${homeRegion}:${accountId}:trail/${name}`
}

/** The ARN that is meant, for policies and records: no name is checked. */
export function arnOf(nameOrArn: string, { accountId, region }: Standpoint): string {
  if (nameOrArn.startsWith('arn:')) return nameOrArn
  return trailArn({ accountId, homeRegion: region, name: nameOrArn })
}

/**
 * What a name or an ARN means to a caller. Throws CloudTrailARNInvalidException for an ARN that is none of a
 * trail or is of another account, InvalidTrailNameException for a name that no trail can have.
 */
export function readTrailId(nameOrArn: string, from: Standpoint): TrailId {
  if (!nameOrArn.startsWith('arn:')) {
    checkTrailName(nameOrArn)
    return { accountId: from.accountId, homeRegion: from.region, name: nameOrArn }
  }
  const [, homeRegion, accountId, name] = pattern.exec(nameOrArn) ?? []
  if (!homeRegion || accountId !== from.accountId || !name) throw invalidArn(nameOrArn)
  return { accountId, homeRegion, name }
}

/** CloudTrailARNInvalidException. */
export function invalidArn(arn: string): ApiError {
  const example = 'arn:aws:cloudtrail:us-east-2:123456789012:trail/MyTrail'
  return new ApiError(
    'CloudTrailARNInvalidException',
    `${arn} is not the ARN of a trail in this account, such as ${example}.`,
  )
}
