import type { Transaction } from '../operation.ts'
import type { DeliveredLogFile, Trail, TrailChange, TrailStatus } from '../trails/contract.ts'
import type { TrailEnded } from './documents.ts'
import type { LogFile } from './log-files.ts'

/** What GetTrailStatus and the next digest learn from files that were delivered. */
export function noteDelivery(
  tx: Transaction,
  { id, bucket, logFileValidation }: Trail,
  files: readonly LogFile[],
  now: number,
): void {
  for (const region of regionsOf(files)) {
    const status: TrailStatus = {
      latestDeliveryTime: now,
      latestAttemptTime: now,
    }
    tx.put('trail-status', `${id}/${region}`, status)
  }
  if (!logFileValidation) return
  for (const { key, region, sha256, newestEventTime, oldestEventTime } of files) {
    const file: DeliveredLogFile = {
      bucket,
      key,
      sha256,
      newestEventTime,
      oldestEventTime,
      deliveredAt: now,
    }
    tx.put('delivered-file', `${id}/${region}/${String(now).padStart(13, '0')}/${key}`, file)
  }
}

/** What GetTrailStatus learns from files that were not taken; `code` is undefined when nobody answered. */
export function noteFailure(
  tx: Transaction,
  trailId: string,
  files: readonly LogFile[],
  code: string | undefined,
  now: number,
): void {
  for (const region of regionsOf(files)) {
    const key = `${trailId}/${region}`
    const { latestDeliveryTime } = tx.get<TrailStatus>('trail-status', key) ?? {}
    const status: TrailStatus = {
      latestDeliveryTime,
      latestDeliveryError: code,
      latestAttemptTime: now,
    }
    tx.put('trail-status', key, status)
  }
}

/** Takes away what was kept for the delivery of a trail, and tells digests that its last file is there. */
export function endTrail(
  tx: Transaction,
  trailId: string,
  trail: Trail | undefined,
  now: number,
): void {
  tx.delete('delivery', trailId)
  for (const [key] of tx.list<TrailChange>('trail-change', `${trailId}/`)) {
    tx.delete('trail-change', key)
  }
  for (const [key] of tx.list<TrailStatus>('trail-status', `${trailId}/`)) {
    tx.delete('trail-status', key)
  }
  if (trail) tx.put('trail-ended', trailId, { trail, at: now } satisfies TrailEnded)
}

function regionsOf(files: readonly LogFile[]): Set<string> {
  return new Set(files.map(({ region }) => region))
}
