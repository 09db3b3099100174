import type {
  GetEventSelectorsRequest,
  GetEventSelectorsResponse,
} from '../../gen/cloudtrail-types.ts'
import type { Operation } from '../../operation.ts'
import { findTrail } from '../../trails/trails.ts'
import { selectorsShape } from './selectors-shape.ts'
import { onTrail } from './trail-shape.ts'

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventSelectors.html */
export const GetEventSelectors: Operation<GetEventSelectorsRequest, GetEventSelectorsResponse> = {
  access: 'read',
  ...onTrail(({ TrailName }) => TrailName),

  async run({ TrailName }, { caller, tx }) {
    return selectorsShape(findTrail(tx, TrailName, caller))
  },
}
