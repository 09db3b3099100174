import type { DeleteTrailRequest } from '../../gen/cloudtrail-types.ts'
import type { Operation } from '../../operation.ts'
import { findHomeTrail, removeTrail } from '../../trails/trails.ts'
import { onTrail } from './trail-shape.ts'

/**
 * Deletes the trail, not what lies in its bucket. Events from before are still delivered.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DeleteTrail.html
 */
export const DeleteTrail: Operation<DeleteTrailRequest> = {
  access: 'write',
  ...onTrail(({ Name }) => Name),

  async run({ Name }, { caller, tx, ...by }) {
    removeTrail(tx, by, findHomeTrail(tx, Name, caller))
    return {}
  },
}
