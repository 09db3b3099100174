import { ApiError } from '../../errors.ts'
import type { ListTagsRequest, ListTagsResponse } from '../../gen/cloudtrail-types.ts'
import type { Operation } from '../../operation.ts'
import { findTaggedTrail } from '../../trails/tagged-trail.ts'
import { tagList } from '../../trails/tags.ts'
import { trailResource } from './trail-shape.ts'

const resourcesMax = 20

/**
 * The tags of up to 20 resources, with an entry for each, also where it has none. All fit on one page, so
 * no token is ever given out.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListTags.html
 */
export const ListTags: Operation<ListTagsRequest, ListTagsResponse> = {
  access: 'read',
  resources: ({ ResourceIdList }) => ResourceIdList,
  recorded: ({ ResourceIdList }, _, caller) =>
    ResourceIdList.map((arn) => trailResource(arn, caller)),

  async run({ ResourceIdList, NextToken }, { caller, tx }) {
    if (NextToken !== undefined) {
      throw new ApiError('InvalidTokenException', 'The token is not one that ListTags gave.')
    }
    if (ResourceIdList.length > resourcesMax) {
      const reason = `Member must have length less than or equal to ${resourcesMax}`
      throw new ApiError(
        'ValidationException',
        `1 validation error detected: Value at 'resourceIdList' failed to satisfy constraint: ${reason}`,
      )
    }
    return {
      ResourceTagList: ResourceIdList.map((arn) => {
        return { ResourceId: arn, TagsList: tagList(findTaggedTrail(tx, arn, caller).tags) }
      }),
    }
  },
}
