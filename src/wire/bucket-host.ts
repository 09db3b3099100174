/**
 * The bucket that a Host header names in front of one of our suffixes: `logs.localhost:4590` is the bucket
 * `logs`. Undefined where it names none.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */
export function bucketOfHost(
  host: string | undefined,
  suffixes: readonly string[],
): string | undefined {
  const name = host?.toLowerCase().replace(/:\d+$/, '')
  const suffix = suffixes.find((one) => name?.endsWith(`.${one}`))
  return suffix === undefined ? undefined : name!.slice(0, -suffix.length - 1) || undefined
}
