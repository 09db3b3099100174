import { ApiError } from '../../errors.ts'
import type {
  GetInsightSelectorsRequest,
  GetInsightSelectorsResponse,
} from '../../gen/cloudtrail-types.ts'
import type { Operation } from '../../operation.ts'
import { findTrail } from '../../trails/trails.ts'
import { insightTrail } from './insight-source.ts'
import { insightSelectorsShape } from './selectors-shape.ts'
import { onTrail } from './trail-shape.ts'

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetInsightSelectors.html */
export const GetInsightSelectors: Operation<
  GetInsightSelectorsRequest,
  GetInsightSelectorsResponse
> = {
  access: 'read',
  ...onTrail(({ TrailName }) => TrailName),

  async run(input, { caller, tx }) {
    const trail = findTrail(tx, insightTrail(input), caller)
    if (trail.insightSelectors.length > 0) return insightSelectorsShape(trail)
    throw new ApiError(
      'InsightNotEnabledException',
      `Trail ${trail.arn} does not have Insights enabled. ` +
        'Edit the trail settings to enable Insights, and then try the operation again.',
    )
  },
}
