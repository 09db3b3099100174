import type { Destination, SinkObject } from '../trails/contract.ts'

/** Headers of every object that a trail puts (`core.md` 3.2). */
export const usualHeaders: SinkObject['headers'] = {
  'x-amz-acl': 'bucket-owner-full-control',
  'x-amz-server-side-encryption': 'AES256',
}

/** The empty objects that AWS makes when it tries a bucket, one for each folder (`core.md` 2.6). */
export function folderMarkers({ prefix, accountId }: Destination): SinkObject[] {
  const folder = `${prefix === '' ? '' : `${prefix}/`}AWSLogs/${accountId}/`
  return ['CloudTrail/', 'CloudTrail-Digest/'].map((name) => {
    return { key: folder + name, body: Buffer.alloc(0), headers: usualHeaders }
  })
}
