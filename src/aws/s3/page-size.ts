import { ApiError } from '../../errors.ts'

/** As many as S3 gives at once. */
const pageMax = 1_000

/** How many entries a list's answer may have. Throws ApiError InvalidArgument for less than none. */
export function pageSize(asked: number | undefined, parameter: string): number {
  if (asked === undefined) return pageMax
  if (asked >= 0) return Math.min(asked, pageMax)
  const details = { ArgumentName: parameter, ArgumentValue: String(asked) }
  const text = `Argument ${parameter} must be an integer between 0 and 2147483647`
  throw new ApiError('InvalidArgument', text, { details })
}
