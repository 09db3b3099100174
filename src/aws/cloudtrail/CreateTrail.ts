import type { CreateTrailRequest, CreateTrailResponse } from '../../gen/cloudtrail-types.ts'
import type { Operation } from '../../operation.ts'
import { createTrail } from '../../trails/create-trail.ts'
import type { TrailServices } from '../../trails/trails.ts'
import { onTrail, settingsShape } from './trail-shape.ts'

/**
 * Makes a trail that does not log yet: StartLogging begins.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
 */
export const CreateTrail: Operation<CreateTrailRequest, CreateTrailResponse, TrailServices> = {
  access: 'write',
  ...onTrail(({ Name }) => Name),

  tags: ({ TagsList }) => TagsList,

  async run(input, { caller, tx, services, ...by }) {
    return settingsShape(await createTrail(tx, by, services, caller, input))
  },
}
