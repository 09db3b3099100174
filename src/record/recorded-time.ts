import { isoSeconds } from '../clock.ts'

/** How a time is written. */
export type Times = 'java' | 'iso' | 'seconds' | 'millis'

/**
 * A time as records have it: `Nov 21, 2026, 4:44:23 AM` as Java's locale prints it, ISO 8601, or a number
 * since the epoch. A number that is given is in seconds; what is no time is left as it is.
 */
export function recordedTime(value: unknown, times: Times): unknown {
  if (times === 'iso' && typeof value === 'string' && /^\d{4}-/.test(value)) return value
  const time = value instanceof Date ? value : dateOf(value)
  const ms = time.getTime()
  if (Number.isNaN(ms)) return value
  if (times === 'millis') return ms
  if (times === 'seconds') return ms / 1000
  if (times === 'iso') return ms % 1000 === 0 ? isoSeconds(ms) : time.toISOString()
  return time
    .toLocaleString('en-US', { timeZone: 'UTC', dateStyle: 'medium', timeStyle: 'medium' })
    .replace('\u202f', ' ')
}

function dateOf(value: unknown): Date {
  if (typeof value === 'number') return new Date(value * 1000)
  if (typeof value !== 'string') return new Date(Number.NaN)
  return new Date(/^[\d.]+$/.test(value) ? Number(value) * 1000 : value)
}
