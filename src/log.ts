import { StorageError } from './errors.ts'

/** Operator's log: one JSON line an event, to standard error. Never holds a secret or a record. */
export interface Log {
  info(event: string, fields?: Readonly<Record<string, unknown>>): void
  warn(event: string, fields?: Readonly<Record<string, unknown>>): void
  /** `error` is printed with its stack and causes; a disk that is full without a stack. */
  error(event: string, error: unknown, fields?: Readonly<Record<string, unknown>>): void
}

/** A log that hands each line to `write`; `now` gives milliseconds since the epoch. */
export function jsonLog(write: (line: string) => void, now: () => number): Log {
  const line = (level: string, event: string, fields: object = {}) =>
    write(`${JSON.stringify({ time: new Date(now()).toISOString(), level, event, ...fields })}\n`)
  return {
    info: (event, fields) => line('info', event, fields),
    warn: (event, fields) => line('warn', event, fields),
    error: (event, error, fields) => line('error', event, { ...fields, error: describe(error) }),
  }
}

function describe(error: unknown, isPassing = false): string {
  if (!(error instanceof Error)) return String(error)
  const passes = isPassing || (error instanceof StorageError && error.isPassing)
  const cause = error.cause === undefined ? '' : `\ncaused by ${describe(error.cause, passes)}`
  return `${passes ? error.message : (error.stack ?? error.message)}${cause}`
}
