import type { GetTrailRequest, GetTrailResponse } from '../../gen/cloudtrail-types.ts'
import type { Operation } from '../../operation.ts'
import { findTrail } from '../../trails/trails.ts'
import { onTrail, trailShape } from './trail-shape.ts'

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrail.html */
export const GetTrail: Operation<GetTrailRequest, GetTrailResponse> = {
  access: 'read',
  ...onTrail(({ Name }) => Name),

  async run({ Name }, { caller, tx }) {
    return { Trail: trailShape(findTrail(tx, Name, caller)) }
  },
}
