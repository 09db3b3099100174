import type { Destination } from '../trails/contract.ts'

/** Where a trail's files go. */
export function logFolder({ prefix, accountId }: Pick<Destination, 'prefix' | 'accountId'>) {
  return `${prefix === '' ? '' : `${prefix}/`}AWSLogs/${accountId}/`
}

/** Keys of the empty objects that AWS makes when it tries a bucket (`core.md` 2.6). */
export function folderMarkers(destination: Destination): string[] {
  return ['CloudTrail/', 'CloudTrail-Digest/'].map((name) => logFolder(destination) + name)
}
