import type { StartLoggingRequest } from '../../gen/cloudtrail-types.ts'
import type { Operation } from '../../operation.ts'
import { changeTrail, findHomeTrail } from '../../trails/trails.ts'
import { onTrail } from './trail-shape.ts'

/**
 * Events from this call's record on are delivered. Changes nothing where the trail logs already.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StartLogging.html
 */
export const StartLogging: Operation<StartLoggingRequest> = {
  access: 'write',
  ...onTrail(({ Name }) => Name),

  async run({ Name }, { caller, tx, ...by }) {
    const trail = findHomeTrail(tx, Name, caller)
    if (!trail.isLogging) {
      changeTrail(tx, by, trail, { isLogging: true, startedAt: by.clock.now() })
    }
    return {}
  },
}
