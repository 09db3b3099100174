import type { Body } from './content.ts'

export type StoredObject = Readonly<{
  body: Body
  /**
   * User metadata, names in lower case without `x-amz-meta-`. Undefined where the place keeps none
   * (a folder): then a signature is not missing, it is only not here.
   */
  metadata?: Readonly<Record<string, string>>
  /** As in a listing. */
  modified?: number
}>

/** `modified`: when the object was stored, in milliseconds, where the place itself can tell. */
export type ListedKey = Readonly<{ key: string; modified?: number }>

/** One bucket, wherever it lies: an S3 endpoint, the embedded store, a downloaded copy. */
export interface Source {
  /**
   * The bucket's name. Undefined for a copy that knows neither the name nor the trail's prefix; its
   * keys then begin with `AWSLogs/`.
   */
  readonly bucket?: string
  /** Keys with the prefix, in byte order, after `after`; read no further than the caller asks. */
  list(prefix: string, after?: string): AsyncIterable<ListedKey>
  /** Undefined when there is no such object. Every other refusal is an error. */
  get(key: string): Promise<StoredObject | undefined>
}

/** The key under which the source has what a digest calls `key`. */
export function keyIn(source: Source, key: string): string {
  if (source.bucket !== undefined) return key
  const start = key.lastIndexOf('/AWSLogs/')
  return start < 0 ? key : key.slice(start + 1)
}

/** Whether an object that says where it belongs lies there. */
export function liesAt(source: Source, key: string, bucket: string, ownKey: string): boolean {
  if (source.bucket !== undefined) return source.bucket === bucket && key === ownKey
  return keyIn(source, ownKey) === key
}

/**
 * A source whose refusals count as "not there": for a bucket that only a digest names, which may be
 * anybody's and must not be able to end a verification.
 */
export function refusalsAsMissing(source: Source): Source {
  return {
    bucket: source.bucket,
    list: (prefix, after) => source.list(prefix, after),
    get: (key) => source.get(key).catch(() => undefined),
  }
}

/** A source that holds objects in memory, for tests and for what was read already. */
export function memorySource(
  bucket: string | undefined,
  objects: ReadonlyMap<string, StoredObject>,
): Source {
  return {
    ...(bucket === undefined ? {} : { bucket }),
    async *list(prefix, after = '') {
      for (const key of [...objects.keys()].sort(byBytes)) {
        if (!key.startsWith(prefix) || byBytes(key, after) <= 0) continue
        const modified = objects.get(key)?.modified
        yield modified === undefined ? { key } : { key, modified }
      }
    },
    get: async (key) => objects.get(key),
  }
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
