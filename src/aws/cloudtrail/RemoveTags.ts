import type { RemoveTagsRequest } from '../../gen/cloudtrail-types.ts'
import type { Operation } from '../../operation.ts'
import { findHomeTaggedTrail } from '../../trails/tagged-trail.ts'
import { withoutTags } from '../../trails/tags.ts'
import { changeTrail } from '../../trails/trails.ts'
import { onTrail } from './trail-shape.ts'

/**
 * Takes tags away by their keys, whatever values are given.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_RemoveTags.html
 */
export const RemoveTags: Operation<RemoveTagsRequest> = {
  access: 'write',
  ...onTrail(({ ResourceId }) => ResourceId),

  tags: ({ TagsList }) => TagsList,

  async run({ ResourceId, TagsList }, { caller, tx, ...by }) {
    const trail = findHomeTaggedTrail(tx, ResourceId, caller)
    changeTrail(tx, by, trail, { tags: withoutTags(trail.tags, TagsList) })
    return {}
  },
}
