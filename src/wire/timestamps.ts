import type { TimestampFormat } from '../gen/model.ts'

/** The largest time a Date can hold, either way, in seconds. */
const secondsMax = 8.64e12
const iso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/
const rfc822 = /^[A-Z][a-z]{2}, \d\d? [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (GMT|[+-]\d{4})$/

/** The time of a number of seconds since the epoch; undefined when no Date can hold it. */
export function fromEpochSeconds(seconds: number): Date | undefined {
  if (!(Math.abs(seconds) <= secondsMax)) return undefined
  return new Date(Math.round(seconds * 1000))
}

/**
 * A time as text: in the form the model gives, or in any other of the three, as clients differ in what
 * they send. Without a zone it is UTC. Undefined for what is none.
 */
export function parseTime(text: string): Date | undefined {
  const trimmed = text.trim()
  if (/^[+-]?\d{1,14}(\.\d{1,9})?$/.test(trimmed)) return fromEpochSeconds(Number(trimmed))
  const match = iso.exec(trimmed)
  if (!match && !rfc822.test(trimmed)) return undefined
  const isLocal = match?.[1] !== undefined && match[4] === undefined
  const time = new Date(isLocal ? `${trimmed}Z` : trimmed)
  return Number.isNaN(time.getTime()) ? undefined : time
}

/** The time in the form the model asks for. Fractions are kept where there are any and the form has them. */
export function formatTime(time: Date, format: TimestampFormat): string {
  switch (format) {
    case 'unixTimestamp':
      return String(time.getTime() / 1000)
    case 'rfc822':
      return time.toUTCString()
    case 'iso8601':
      return time.toISOString().replace('.000Z', 'Z')
  }
}
