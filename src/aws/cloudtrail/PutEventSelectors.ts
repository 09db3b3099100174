import type {
  PutEventSelectorsRequest,
  PutEventSelectorsResponse,
} from '../../gen/cloudtrail-types.ts'
import type { Operation } from '../../operation.ts'
import { chooseSelectors } from '../../trails/event-selectors.ts'
import { changeTrail, findHomeTrail } from '../../trails/trails.ts'
import { selectorsShape } from './selectors-shape.ts'
import { onTrail } from './trail-shape.ts'

/**
 * Replaces the selectors of a trail, whichever style they had.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html
 */
export const PutEventSelectors: Operation<PutEventSelectorsRequest, PutEventSelectorsResponse> = {
  access: 'write',
  ownChecks: ['EventSelectors.ReadWriteType'],
  ...onTrail(({ TrailName }) => TrailName),

  async run({ TrailName, ...wanted }, { caller, tx, ...by }) {
    const trail = findHomeTrail(tx, TrailName, caller)
    const selectors = chooseSelectors(wanted, trail)
    return selectorsShape(changeTrail(tx, by, trail, { selectors }))
  },
}
