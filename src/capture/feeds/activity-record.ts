import { isoSeconds } from '../../clock.ts'
import { bounded, clipped } from '../../record/bounds.ts'
import { eventIdOf, type FeedContext } from './adapter.ts'
import { redacted } from './fields.ts'

/** An event of a system that is not AWS. */
export type Activity = Readonly<{
  /** Its own id there. */
  nativeId: string
  /** Milliseconds since the epoch. */
  time: number
  eventName: string
  /** Where it is another than the feed's. */
  eventSource?: string
  readOnly?: boolean
  userIdentity: Readonly<{ type: string; principalId?: string; details?: object }>
  sourceIPAddress?: string
  userAgent?: string
  errorCode?: string
  errorMessage?: string
  requestParameters?: unknown
  responseElements?: unknown
  additionalEventData?: object
  /** What the system wrote; goes in with secrets hidden. */
  raw: unknown
}>

/** Of what the system wrote: CloudTrail's 28 KB for all of `additionalEventData`, and room for the rest. */
const rawBytesMax = 24 * 1024

/**
 * The record of such an event: what CloudTrail Lake makes of events that come through a channel (`core.md`
 * 7.1), with `readOnly` in its envelope and without times of arrival, which would differ when it comes again.
 */
export function activityRecord(activity: Activity, context: FeedContext): Buffer {
  const { userIdentity, nativeId } = activity
  const eventTime = isoSeconds(activity.time)
  const recipientAccountId = context.accountId
  return Buffer.from(
    JSON.stringify({
      eventVersion: '1.11',
      eventCategory: 'ActivityAuditLog',
      eventType: 'ActivityLog',
      eventID: eventIdOf(context.feed, nativeId),
      eventTime,
      awsRegion: context.region,
      recipientAccountId,
      readOnly: activity.readOnly,
      eventData: {
        version: '1.0',
        userIdentity: {
          type: clipped(userIdentity.type),
          principalId: clipped(userIdentity.principalId ?? 'unknown'),
          details: userIdentity.details && bounded(redacted(userIdentity.details)),
        },
        userAgent: clipped(activity.userAgent),
        eventSource: clipped(activity.eventSource ?? context.eventSource),
        eventName: clipped(activity.eventName),
        eventTime,
        UID: clipped(nativeId),
        requestParameters: bounded(redacted(activity.requestParameters)),
        responseElements: bounded(redacted(activity.responseElements)),
        errorCode: clipped(activity.errorCode),
        errorMessage: clipped(activity.errorMessage),
        sourceIPAddress: clipped(activity.sourceIPAddress),
        recipientAccountId,
        additionalEventData: { ...activity.additionalEventData, ...raw(activity.raw) },
      },
    }),
  )
}

/** As JSON text, cut where it is too long. */
function raw(value: unknown): { raw: string; rawCutFrom?: number } {
  const bytes = Buffer.from(JSON.stringify(redacted(value)))
  if (bytes.length <= rawBytesMax) return { raw: bytes.toString() }
  const cut = bytes
    .subarray(0, rawBytesMax)
    .toString()
    .replace(/\ufffd+$/, '')
  return { raw: cut, rawCutFrom: bytes.length }
}
