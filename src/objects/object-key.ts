import { ApiError } from '../errors.ts'

/** Bytes of a key in UTF-8. */
const keyBytesMax = 1_024

/**
 * Every text is a key, `../` and NUL and all: it names no file. Throws ApiError KeyTooLongError, and
 * InvalidArgument for what UTF-8 cannot hold.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
 */
export function checkKey(key: string): void {
  if (!key.isWellFormed()) throw new ApiError('InvalidArgument', 'The key is no text.')
  const bytes = Buffer.byteLength(key)
  if (bytes <= keyBytesMax) return
  const details = { Size: String(bytes), MaxSizeAllowed: String(keyBytesMax) }
  throw new ApiError('KeyTooLongError', 'Your key is too long', { details })
}
