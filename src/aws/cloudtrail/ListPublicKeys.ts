import { keysBetween } from '../../delivery/signing-keys.ts'
import { ApiError } from '../../errors.ts'
import type { ListPublicKeysRequest, ListPublicKeysResponse } from '../../gen/cloudtrail-types.ts'
import type { Operation } from '../../operation.ts'

/**
 * The keys that digests of this Region were signed with and that are valid at any time of the range; each end
 * of it is now where it is not said. All of them fit one page, so there is no token that would be right.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html
 */
export const ListPublicKeys: Operation<ListPublicKeysRequest, ListPublicKeysResponse> = {
  access: 'read',

  async run({ StartTime, EndTime, NextToken }, { caller, tx, clock }) {
    if (NextToken !== undefined) {
      throw new ApiError('InvalidTokenException', 'ListPublicKeys gave no such token.')
    }
    const start = StartTime?.getTime() ?? clock.now()
    const end = EndTime?.getTime() ?? clock.now()
    if (end < start) {
      throw new ApiError('InvalidTimeRangeException', 'The range ends before it begins.')
    }
    return {
      PublicKeyList: keysBetween(tx, caller.region, start, end).map((key) => ({
        Value: Buffer.from(key.publicKey, 'base64'),
        ValidityStartTime: new Date(key.validFrom),
        ValidityEndTime: new Date(key.validUntil),
        Fingerprint: key.fingerprint,
      })),
    }
  },
}
