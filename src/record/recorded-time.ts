import { isoSeconds } from '../clock.ts'

/** How a time is written; ISO 8601 where absent. */
export type Times = 'java' | 'millis'

/**
 * A time as the service's records have it: `Nov 21, 2026, 4:44:23 AM` as Java's locale prints it,
 * milliseconds since the epoch, or ISO 8601. Numbers are seconds since the epoch; what is no time is left as it is.
 */
export function recordedTime(value: unknown, times: Times | undefined): unknown {
  const time = value instanceof Date ? value : dateOf(value)
  if (Number.isNaN(time.getTime())) return value
  if (times === 'millis') return time.getTime()
  if (times !== 'java') return isoSeconds(time.getTime())
  return time
    .toLocaleString('en-US', { timeZone: 'UTC', dateStyle: 'medium', timeStyle: 'medium' })
    .replace('\u202f', ' ')
}

function dateOf(value: unknown): Date {
  if (typeof value === 'number') return new Date(value * 1000)
  if (typeof value !== 'string') return new Date(Number.NaN)
  return new Date(/^[\d.]+$/.test(value) ? Number(value) * 1000 : value)
}
