import { ApiError } from '../../errors.ts'

/** Tells a token of this form from other texts. */
const mark = 'k1:'

/** Where a list goes on, as a token that callers do not read; it is a key to begin behind, and no right. */
export function writeContinuation(key: string): string {
  return Buffer.from(mark + key).toString('base64url')
}

/** Throws ApiError InvalidArgument for a token that is not ours. */
export function readContinuation(token: string): string {
  const text = Buffer.from(token, 'base64url').toString()
  const key = text.slice(mark.length)
  if (key !== '' && writeContinuation(key) === token) return key
  throw new ApiError('InvalidArgument', 'The continuation token provided is incorrect', {
    details: { ArgumentName: 'continuation-token' },
  })
}
