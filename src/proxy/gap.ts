import { isoSeconds } from '../clock.ts'

export type Gap = Readonly<{
  proxy: string
  /** Of calls; undefined where nobody could count them. */
  calls?: number
  /** Milliseconds since the epoch: none of the calls began before or ended after. */
  from: number
  to: number
  reason: string
  accountId: string
  region: string
}>

/** The record of calls that passed a proxy, or may have, and have no record of their own. */
export function gapRecord(gap: Gap, eventID: string): string {
  const { proxy, calls, from, to, reason, accountId, region } = gap
  return JSON.stringify({
    eventVersion: '1.11',
    userIdentity: { accountId, invokedBy: 'contrail.internal' },
    eventTime: isoSeconds(to),
    eventSource: 'contrail.internal',
    eventName: 'ProxyCallsNotRecorded',
    awsRegion: region,
    sourceIPAddress: 'contrail.internal',
    userAgent: 'contrail.internal',
    errorCode: 'CallsNotRecorded',
    errorMessage: reason,
    requestParameters: null,
    responseElements: null,
    eventID,
    readOnly: false,
    eventType: 'AwsServiceEvent',
    managementEvent: true,
    recipientAccountId: accountId,
    serviceEventDetails: {
      proxy,
      calls,
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
    },
    eventCategory: 'Management',
  })
}
