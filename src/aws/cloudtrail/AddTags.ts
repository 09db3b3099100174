import type { AddTagsRequest } from '../../gen/cloudtrail-types.ts'
import type { Operation } from '../../operation.ts'
import { findHomeTaggedTrail } from '../../trails/tagged-trail.ts'
import { withTags } from '../../trails/tags.ts'
import { changeTrail } from '../../trails/trails.ts'
import { onTrail } from './trail-shape.ts'

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AddTags.html */
export const AddTags: Operation<AddTagsRequest> = {
  access: 'write',
  ...onTrail(({ ResourceId }) => ResourceId),

  tags: ({ TagsList }) => TagsList,

  async run({ ResourceId, TagsList }, { caller, tx, ...by }) {
    const trail = findHomeTaggedTrail(tx, ResourceId, caller)
    changeTrail(tx, by, trail, { tags: withTags(trail.tags, TagsList) })
    return {}
  },
}
