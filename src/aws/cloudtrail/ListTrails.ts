import { ApiError } from '../../errors.ts'
import type { ListTrailsRequest, ListTrailsResponse } from '../../gen/cloudtrail-types.ts'
import type { Operation } from '../../operation.ts'
import { listTrails } from '../../trails/contract.ts'
import { readToken, writeToken } from '../page-token.ts'

const pageMax = 100

/**
 * All trails of the account, whatever the Region, by home Region and name.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListTrails.html
 */
export const ListTrails: Operation<ListTrailsRequest, ListTrailsResponse> = {
  access: 'read',

  async run({ NextToken }, { caller, tx, clock }) {
    const parameters = ['ListTrails', caller.accountId]
    const start = NextToken === undefined ? 0 : readToken(NextToken, parameters)?.position[0]
    if (start === undefined) {
      throw new ApiError('InvalidNextTokenException', 'The token is not one that ListTrails gave.')
    }
    const trails = listTrails(tx, caller.accountId)
    const end = start + pageMax
    return {
      Trails: trails.slice(start, end).map(({ arn, name, homeRegion }) => {
        return { TrailARN: arn, Name: name, HomeRegion: homeRegion }
      }),
      NextToken: end < trails.length ? writeToken([end], parameters, clock.now()) : undefined,
    }
  },
}
