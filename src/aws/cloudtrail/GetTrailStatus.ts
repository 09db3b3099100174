import { isoSeconds } from '../../clock.ts'
import type { GetTrailStatusRequest, GetTrailStatusResponse } from '../../gen/cloudtrail-types.ts'
import type { Operation } from '../../operation.ts'
import type { DigestStatus, TrailStatus } from '../../trails/contract.ts'
import { findTrail } from '../../trails/trails.ts'
import { onTrail } from './trail-shape.ts'

/**
 * How a trail fares in this Region. The members that are texts are no longer used, and still sent.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html
 */
export const GetTrailStatus: Operation<GetTrailStatusRequest, GetTrailStatusResponse> = {
  access: 'read',
  ...onTrail(({ Name }) => Name),

  async run({ Name }, { caller, tx }) {
    const { id, isLogging, startedAt, stoppedAt } = findTrail(tx, Name, caller)
    const key = `${id}/${caller.region}`
    const delivery = tx.get<TrailStatus>('trail-status', key) ?? {}
    const digest = tx.get<DigestStatus>('digest-status', key) ?? {}
    return {
      IsLogging: isLogging,
      LatestDeliveryTime: date(delivery.latestDeliveryTime),
      LatestDeliveryError: delivery.latestDeliveryError,
      StartLoggingTime: date(startedAt),
      StopLoggingTime: date(stoppedAt),
      LatestDigestDeliveryTime: date(digest.latestDigestDeliveryTime),
      LatestDigestDeliveryError: digest.latestDigestDeliveryError,
      LatestDeliveryAttemptTime: text(delivery.latestAttemptTime),
      LatestDeliveryAttemptSucceeded: text(delivery.latestDeliveryTime),
      LatestNotificationAttemptTime: '',
      LatestNotificationAttemptSucceeded: '',
      TimeLoggingStarted: text(startedAt),
      TimeLoggingStopped: text(stoppedAt),
    }
  },
}

function date(ms: number | undefined): Date | undefined {
  return ms === undefined ? undefined : new Date(ms)
}

function text(ms: number | undefined): string {
  return ms === undefined ? '' : isoSeconds(ms)
}
