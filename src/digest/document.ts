import { isoSeconds } from '../clock.ts'

/**
 * A digest as it is stored, in AWS's order of fields. Times are `2026-11-21T04:44:23Z`, hashes and
 * signatures lower-case hex.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
 */
export type DigestDocument = Readonly<{
  awsAccountId: string
  digestStartTime: string
  digestEndTime: string
  digestS3Bucket: string
  digestS3Object: string
  digestPublicKeyFingerprint: string
  digestSignatureAlgorithm: string
  newestEventTime: string | null
  oldestEventTime: string | null
  previousDigestS3Bucket: string | null
  previousDigestS3Object: string | null
  previousDigestHashValue: string | null
  previousDigestHashAlgorithm: string | null
  previousDigestSignature: string | null
  logFiles: readonly LogFileEntry[]
}>

export type LogFileEntry = Readonly<{
  s3Bucket: string
  s3Object: string
  hashValue: string
  hashAlgorithm: string
  newestEventTime: string | null
  oldestEventTime: string | null
}>

/** Files that one digest may list: ten times what ours do. */
const filesMax = 100_000

/** A document that is not in the form of a digest; the text says what is wrong with it. */
export class DigestFormatError extends Error {
  override readonly name = 'DigestFormatError'
}

const texts = [
  'awsAccountId',
  'digestStartTime',
  'digestEndTime',
  'digestS3Bucket',
  'digestS3Object',
  'digestPublicKeyFingerprint',
] as const
const link = [
  'previousDigestS3Bucket',
  'previousDigestS3Object',
  'previousDigestHashValue',
  'previousDigestSignature',
] as const

/**
 * Reads a digest's content and refuses, with DigestFormatError, what has not all that its proof
 * needs. A link is whole or absent: one that is half there proves nothing.
 */
export function parseDigest(content: Uint8Array): DigestDocument {
  const value = parseJson(content)
  for (const field of texts) {
    if (typeof value[field] !== 'string') throw new DigestFormatError(`has no ${field}`)
  }
  for (const field of ['digestStartTime', 'digestEndTime'] as const) {
    if (digestTime(value[field]) === undefined) throw new DigestFormatError(`${field} is no time`)
  }
  const present = link.filter((field) => typeof value[field] === 'string')
  if (present.length !== 0 && present.length !== link.length) {
    throw new DigestFormatError('has half a link to the digest before it')
  }
  if (present.length === 0 && link.some((field) => value[field] !== null)) {
    throw new DigestFormatError('has no link to the digest before it, not even an empty one')
  }
  if (!Array.isArray(value['logFiles']) || !value['logFiles'].every(isEntry)) {
    throw new DigestFormatError('logFiles is not a list of files and their hashes')
  }
  if (value['logFiles'].length > filesMax) {
    throw new DigestFormatError(`lists more than ${filesMax} files`)
  }
  return value as DigestDocument
}

/** Milliseconds since the epoch; undefined for anything but `2026-11-21T04:44:23Z`. */
export function digestTime(text: unknown): number | undefined {
  if (typeof text !== 'string') return undefined
  const ms = Date.parse(text)
  return !Number.isNaN(ms) && isoSeconds(ms) === text ? ms : undefined
}

function parseJson(content: Uint8Array): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content))
  } catch (error) {
    throw new DigestFormatError('is not JSON', { cause: error })
  }
  if (typeof value !== 'object' || value === null) throw new DigestFormatError('is no JSON object')
  return value as Record<string, unknown>
}

function isEntry(value: unknown): value is LogFileEntry {
  if (typeof value !== 'object' || value === null) return false
  const entry = value as Record<string, unknown>
  return ['s3Bucket', 's3Object', 'hashValue'].every((field) => typeof entry[field] === 'string')
}
