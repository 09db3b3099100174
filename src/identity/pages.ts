import { ApiError } from '../errors.ts'

const pageDefault = 100

/** What IAM's lists take. */
export type PageRequest = Readonly<{ Marker?: string; MaxItems?: number }>
export type Page<T> = Readonly<{ items: T[]; IsTruncated: boolean; Marker?: string }>

/**
 * One page of a sorted list. The marker holds the last name given out, so that a page goes on at the right
 * place whatever was added or deleted meanwhile. Throws ValidationException for a marker that is not ours.
 */
export function page<T>(
  sorted: readonly T[],
  nameOf: (item: T) => string,
  { Marker, MaxItems = pageDefault }: PageRequest,
): Page<T> {
  const after = Marker === undefined ? undefined : decode(Marker)
  const left = after === undefined ? [...sorted] : sorted.filter((item) => nameOf(item) > after)
  const items = left.slice(0, MaxItems)
  if (left.length <= MaxItems) return { items, IsTruncated: false }
  return { items, IsTruncated: true, Marker: encode(nameOf(items.at(-1)!)) }
}

const encode = (name: string) => Buffer.from(`after ${name}`).toString('base64')

function decode(marker: string): string {
  const text = Buffer.from(marker, 'base64').toString()
  if (!text.startsWith('after ') || encode(text.slice(6)) !== marker) {
    throw new ApiError('ValidationException', 'Invalid Marker.')
  }
  return text.slice(6)
}
