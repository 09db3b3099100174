import type { UpdateTrailRequest, UpdateTrailResponse } from '../../gen/cloudtrail-types.ts'
import type { Operation } from '../../operation.ts'
import type { TrailServices } from '../../trails/trails.ts'
import { updateTrail } from '../../trails/update-trail.ts'
import { onTrail, settingsShape } from './trail-shape.ts'

/**
 * Changes the settings that are given; an empty text clears one. The bucket is asked again, as AWS does.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html
 */
export const UpdateTrail: Operation<UpdateTrailRequest, UpdateTrailResponse, TrailServices> = {
  access: 'write',
  ...onTrail(({ Name }) => Name),

  async run(input, { caller, tx, services, ...by }) {
    return settingsShape(await updateTrail(tx, by, services, caller, input))
  },
}
