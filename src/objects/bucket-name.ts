import { ApiError } from '../errors.ts'

/** Paths of our own on the one listener: a bucket of such a name could not be reached. */
const reserved = new Set(['console', 'ingest', 'healthz', 'readyz', 'metrics'])
const form = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/
const address = /^\d+\.\d+\.\d+\.\d+$/
const prefix = /^(xn--|sthree-|amzn-s3-demo-)/
const suffix = /(-s3alias|--ola-s3|\.mrap|--x-s3|--table-s3)$/

/**
 * Throws ApiError InvalidBucketName for a name that no bucket may have.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export function checkBucketName(name: string): void {
  if (isBucketName(name) && !reserved.has(name)) return
  throw new ApiError('InvalidBucketName', 'The specified bucket is not valid.')
}

/** Whether S3 has buckets of such names. */
export function isBucketName(name: string): boolean {
  if (name.length < 3 || name.length > 63) return false
  return form.test(name) && !address.test(name) && !prefix.test(name) && !suffix.test(name)
}
