import { ApiError } from '../errors.ts'

/** By key, in the order given. */
export type Tags = Readonly<Record<string, string>>

const tagsMax = 10
const keyMax = 128
const valueMax = 256
const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/**
 * Tags as `x-amz-tagging` has them: a query string. Undefined for no header or an empty one. Throws ApiError
 * InvalidArgument for what is none, InvalidTag and BadRequest as `checkTags`.
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
 * A set of tags as S3 takes it for an object. Throws ApiError BadRequest for more than ten and InvalidTag
 * for a key or value that is too long, has other letters or comes twice.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
 */
export function checkTags(pairs: ReadonlyArray<Readonly<{ Key: string; Value: string }>>): Tags {
  if (pairs.length > tagsMax) {
    throw new ApiError('BadRequest', 'Object tags cannot be greater than 10')
  }
  const tags = new Map<string, string>()
  for (const { Key, Value } of pairs) {
    if (Key === '' || [...Key].length > keyMax || !allowed.test(Key)) {
      throw new ApiError('InvalidTag', 'The TagKey you have provided is invalid')
    }
    if ([...Value].length > valueMax || !allowed.test(Value)) {
      throw new ApiError('InvalidTag', 'The TagValue you have provided is invalid')
    }
    if (Key.startsWith('aws:')) {
      throw new ApiError('InvalidTag', 'System tags cannot be added/updated by requester')
    }
    if (tags.has(Key)) {
      throw new ApiError('InvalidTag', 'Cannot provide multiple Tags with the same key')
    }
    tags.set(Key, Value)
  }
  return Object.fromEntries(tags)
}
