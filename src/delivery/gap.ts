import { hash } from 'node:crypto'
import { isoSeconds } from '../clock.ts'
import type { Batch } from './batch.ts'
import type { Progress } from './documents.ts'

/**
 * The record of a gap: what a trail was owed and will not get, because its bucket did not take it for so
 * long. It has the same bytes when it is made again for the same batch.
 */
export function gapRecord(
  { cursor, trail }: Progress,
  { to, files, events, newestArrival }: Batch,
  errorCode: string | undefined,
  holdMs: number,
): Buffer {
  const { id, arn, accountId, homeRegion, bucket } = trail!
  const eventID = uuidOf(`${id} ${cursor} ${to}`)
  const record = {
    eventVersion: '1.11',
    userIdentity: { accountId, invokedBy: 'cloudtrail.amazonaws.com' },
    eventTime: isoSeconds(newestArrival + holdMs),
    eventSource: 'cloudtrail.amazonaws.com',
    eventName: 'DeliveryGivenUp',
    awsRegion: homeRegion,
    sourceIPAddress: 'cloudtrail.amazonaws.com',
    userAgent: 'cloudtrail.amazonaws.com',
    errorCode,
    requestParameters: null,
    responseElements: null,
    eventID,
    readOnly: false,
    resources: [{ ARN: arn, accountId, type: 'AWS::CloudTrail::Trail' }],
    eventType: 'AwsServiceEvent',
    managementEvent: true,
    recipientAccountId: accountId,
    serviceEventDetails: {
      bucketName: bucket,
      events,
      logFiles: files.length,
      newestArrival: isoSeconds(newestArrival),
      journalAfter: cursor,
      journalTo: to,
    },
    eventCategory: 'Management',
  }
  return Buffer.from(JSON.stringify(record))
}

function uuidOf(name: string): string {
  const hex = hash('sha256', name, 'hex')
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
  ]
  return [...parts, hex.slice(20, 32)].join('-')
}
