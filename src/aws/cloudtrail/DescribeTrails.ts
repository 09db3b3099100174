import type { DescribeTrailsRequest, DescribeTrailsResponse } from '../../gen/cloudtrail-types.ts'
import type { Operation } from '../../operation.ts'
import { listTrails } from '../../trails/contract.ts'
import { isSeenIn, lookUpTrail } from '../../trails/trails.ts'
import { trailShape } from './trail-shape.ts'

/**
 * The trails that this Region sees, or those of them that are named: an unknown one is left out.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html
 */
export const DescribeTrails: Operation<DescribeTrailsRequest, DescribeTrailsResponse> = {
  access: 'read',

  async run({ trailNameList = [], includeShadowTrails = true }, { caller, tx }) {
    const named = trailNameList.flatMap((name) => lookUpTrail(tx, name, caller) ?? [])
    const trails =
      trailNameList.length > 0
        ? new Map(named.map((trail) => [trail.arn, trail])).values()
        : listTrails(tx, caller.accountId).filter((trail) => isSeenIn(trail, caller.region))
    const shown = [...trails].filter(
      ({ homeRegion }) => includeShadowTrails || homeRegion === caller.region,
    )
    return { trailList: shown.map(trailShape) }
  },
}
