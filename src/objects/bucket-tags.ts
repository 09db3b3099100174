import { ApiError } from '../errors.ts'

export type TagList = ReadonlyArray<Readonly<{ Key: string; Value: string }>>

const tagsMax = 50
const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/**
 * A bucket's tags, as given. Throws ApiError BadRequest for more than fifty and InvalidTag for a key or value
 * that is too long, has other letters or comes twice.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html
 */
export function checkBucketTags(tags: TagList): TagList {
  if (tags.length > tagsMax) {
    throw new ApiError('BadRequest', `Bucket tag count cannot be greater than ${tagsMax}`)
  }
  for (const { Key, Value } of tags) {
    if (Key === '' || [...Key].length > 128 || !allowed.test(Key)) {
      throw new ApiError('InvalidTag', 'The TagKey you have provided is invalid')
    }
    if ([...Value].length > 256 || !allowed.test(Value)) {
      throw new ApiError('InvalidTag', 'The TagValue you have provided is invalid')
    }
    if (/^aws:/i.test(Key)) {
      throw new ApiError('InvalidTag', 'System tags cannot be added/updated by requester')
    }
  }
  if (new Set(tags.map(({ Key }) => Key)).size < tags.length) {
    throw new ApiError('InvalidTag', 'Cannot provide multiple Tags with the same key')
  }
  return tags
}
