import { ApiError } from '../errors.ts'

/** By key, in the order given. */
export type Tags = Readonly<Record<string, string>>

/** As the wire has them. */
export type TagList = ReadonlyArray<Readonly<{ Key: string; Value: string }>>

const objectTagsMax = 10
const bucketTagsMax = 50
const keyMax = 128
const valueMax = 256
const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/**
 * Tags as `x-amz-tagging` has them: a query string. Undefined for no header or an empty one. Throws ApiError
 * InvalidArgument for what is none, and what `checkTags` throws.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 */
export function parseTagging(header: string | undefined): Tags | undefined {
  if (!header) return undefined
  const pairs = header.split('&').map((pair) => {
    const [key = '', value = '', ...rest] = pair.split('=')
    if (rest.length > 0) throw noQuery()
    return { Key: decoded(key), Value: decoded(value) }
  })
  return checkTags(pairs)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw noQuery()
  }
}

function noQuery(): ApiError {
  const text =
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters "
  return new ApiError('InvalidArgument', `${text}without tag name duplicates.`)
}

/**
 * A set of tags as S3 takes it for an object. Throws ApiError BadRequest for more than ten, and what
 * `checkTagTexts` throws.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
 */
export function checkTags(tags: TagList): Tags {
  if (tags.length > objectTagsMax) {
    throw new ApiError('BadRequest', `Object tags cannot be greater than ${objectTagsMax}`)
  }
  checkTagTexts(tags)
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]))
}

/**
 * A bucket's tags, as given. Throws ApiError BadRequest for more than fifty, and what `checkTagTexts` throws.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html
 */
export function checkBucketTags(tags: TagList): TagList {
  if (tags.length > bucketTagsMax) {
    throw new ApiError('BadRequest', `Bucket tag count cannot be greater than ${bucketTagsMax}`)
  }
  checkTagTexts(tags)
  return tags
}

/** Throws ApiError InvalidTag for a key or value that is too long, has other letters or comes twice. */
function checkTagTexts(tags: TagList): void {
  for (const { Key, Value } of tags) {
    if (Key === '' || [...Key].length > keyMax || !allowed.test(Key)) {
      throw new ApiError('InvalidTag', 'The TagKey you have provided is invalid')
    }
    if ([...Value].length > valueMax || !allowed.test(Value)) {
      throw new ApiError('InvalidTag', 'The TagValue you have provided is invalid')
    }
    if (/^aws:/i.test(Key)) {
      throw new ApiError('InvalidTag', 'System tags cannot be added/updated by requester')
    }
  }
  if (new Set(tags.map(({ Key }) => Key)).size < tags.length) {
    throw new ApiError('InvalidTag', 'Cannot provide multiple Tags with the same key')
  }
}
