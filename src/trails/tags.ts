import { ApiError } from '../errors.ts'
import type { Tag } from '../gen/cloudtrail-types.ts'

/** By key; '' where a tag has no value. */
export type Tags = Readonly<Record<string, string>>

const tagsMax = 50
const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/**
 * Tags with others added; those of the same key are replaced. Throws InvalidTagParameterException for a key
 * or value that is none, or a key that comes twice; TagsLimitExceededException for more than 50 in all.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AddTags.html
 */
export function withTags(tags: Tags, added: readonly Tag[]): Tags {
  checkTags(added)
  const all = new Map(Object.entries(tags))
  for (const { Key, Value = '' } of added) all.set(Key, Value)
  if (all.size > tagsMax) {
    throw new ApiError(
      'TagsLimitExceededException',
      `A trail can have ${tagsMax} tags; this call would leave it with ${all.size}.`,
    )
  }
  return Object.fromEntries(all)
}

/** Tags without those keys, whatever values are given. Throws InvalidTagParameterException. */
export function withoutTags(tags: Tags, removed: readonly Tag[]): Tags {
  checkTags(removed)
  const keys = new Set(removed.map(({ Key }) => Key))
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.has(key)))
}

/** As ListTags shows them. */
export function tagList(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, value]) => ({ Key, Value: value || undefined }))
}

function checkTags(tags: readonly Tag[]): void {
  const invalid = (reason: string) => new ApiError('InvalidTagParameterException', reason)
  const keys = new Set<string>()
  for (const { Key, Value = '' } of tags) {
    if (keys.has(Key)) throw invalid(`The tag key ${Key} is given more than once.`)
    keys.add(Key)
    if (/^aws:/i.test(Key)) throw invalid(`The tag key ${Key} begins with aws:, which is reserved.`)
    if (!allowed.test(Key) || !allowed.test(Value)) {
      throw invalid(
        `The tag ${Key} holds other characters than letters, numbers, spaces and _.:/=+-@`,
      )
    }
  }
}
