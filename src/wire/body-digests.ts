import { createHash } from 'node:crypto'
import { checksumFor } from '../checksums.ts'
import { ApiError } from '../errors.ts'

type Headers = Readonly<Record<string, string | undefined>>

/**
 * Proves a body that was held whole against what its headers say of it: Content-MD5 and, but for those in
 * `except`, x-amz-checksum-…. Throws ApiError InvalidDigest, InvalidRequest and BadDigest.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
export function checkDigests(body: Buffer, headers: Headers, except: ReadonlySet<string>): void {
  const md5 = headers['content-md5']
  if (md5 !== undefined) {
    if (Buffer.from(md5, 'base64').length !== 16) {
      throw new ApiError('InvalidDigest', 'The Content-MD5 you specified was invalid.')
    }
    if (createHash('md5').update(body).digest('base64') !== md5) {
      const text = 'The Content-MD5 you specified did not match what we received.'
      throw new ApiError('BadDigest', text)
    }
  }
  for (const [name, value] of Object.entries(headers)) {
    const isOurs = name.startsWith('x-amz-checksum-') && !except.has(name)
    if (!isOurs || name === 'x-amz-checksum-algorithm' || name === 'x-amz-checksum-type') continue
    const checksum = checksumFor(name)
    if (!checksum) throw new ApiError('InvalidRequest', `The header ${name} is not supported.`)
    checksum.update(body)
    if (checksum.base64() !== value) {
      const algorithm = name.slice('x-amz-checksum-'.length).toUpperCase()
      const text = `The ${algorithm} you specified did not match the calculated checksum.`
      throw new ApiError('BadDigest', text)
    }
  }
}
