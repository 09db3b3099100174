import type {
  PutInsightSelectorsRequest,
  PutInsightSelectorsResponse,
} from '../../gen/cloudtrail-types.ts'
import type { Operation } from '../../operation.ts'
import { checkBucket } from '../../trails/bucket-check.ts'
import { checkInsightSelectors } from '../../trails/insight-selectors.ts'
import { changeTrail, findHomeTrail, type TrailServices } from '../../trails/trails.ts'
import { insightTrail } from './insight-source.ts'
import { insightSelectorsShape } from './selectors-shape.ts'
import { onTrail } from './trail-shape.ts'

/**
 * Replaces what Insights look for on a trail; an empty list switches them off. What is asked for is kept and
 * answered; nothing detects it yet.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutInsightSelectors.html
 */
export const PutInsightSelectors: Operation<
  PutInsightSelectorsRequest,
  PutInsightSelectorsResponse,
  TrailServices
> = {
  access: 'write',
  ownChecks: ['InsightSelectors.InsightType', 'InsightSelectors.EventCategories'],
  ...onTrail(({ TrailName }) => TrailName),

  async run(input, { caller, tx, services, ...by }) {
    const trail = findHomeTrail(tx, insightTrail(input), caller)
    const insightSelectors = checkInsightSelectors(input.InsightSelectors, trail.selectors)
    if (insightSelectors.length > 0) await checkBucket(services, trail)
    return insightSelectorsShape(changeTrail(tx, by, trail, { insightSelectors }))
  },
}
