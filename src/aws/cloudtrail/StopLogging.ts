import type { StopLoggingRequest } from '../../gen/cloudtrail-types.ts'
import type { Operation } from '../../operation.ts'
import { changeTrail, findHomeTrail } from '../../trails/trails.ts'
import { onTrail } from './trail-shape.ts'

/**
 * Events from this call's record on are not delivered; those before still are. Switches Insights off, too.
 * Changes nothing where the trail does not log.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopLogging.html
 */
export const StopLogging: Operation<StopLoggingRequest> = {
  access: 'write',
  ...onTrail(({ Name }) => Name),

  async run({ Name }, { caller, tx, ...by }) {
    const trail = findHomeTrail(tx, Name, caller)
    if (trail.isLogging) {
      const settings = { isLogging: false, stoppedAt: by.clock.now(), insightSelectors: [] }
      changeTrail(tx, by, trail, settings)
    }
    return {}
  },
}
