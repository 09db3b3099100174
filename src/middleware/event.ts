import { isoSeconds } from '../clock.ts'
import { bounded, clipped } from '../record/bounds.ts'
import { AuditError } from './errors.ts'
import { redacted } from './redact.ts'
import type { RequestContext } from './request-context.ts'

/** Who did it. */
export type AuditUser = Readonly<{
  /** The application's id of the user: the record's `principalId`. */
  id: string
  /** `User`, say, or `Service`. Default: `User`. */
  type?: string
  /** More about the user; secrets are masked by name. */
  details?: Readonly<Record<string, unknown>>
}>

/** Something that happened in the application. */
export type AuditEvent = Readonly<{
  eventName: string
  /** Whether it changed nothing. */
  readOnly?: boolean
  user?: AuditUser
  /** What was asked for; secrets are masked by name. */
  params?: Readonly<Record<string, unknown>>
  /** What came of it; secrets are masked by name. */
  result?: Readonly<Record<string, unknown>>
  /** An error, or its code and text. */
  error?: unknown
  /** What it was done to. */
  resources?: readonly Readonly<{ type: string; id: string }>[]
  additionalEventData?: Readonly<Record<string, unknown>>
  /** Default: the options'. */
  eventSource?: string
  /** Default: the options'. */
  region?: string
}> &
  RequestContext

/** What is the same in all events of an application. */
export type EventOrigin = Readonly<{
  /** A name such as `billing.example.internal`: the events' `eventSource`. */
  source: string
  /** 12 digits. */
  accountId: string
  region: string
}>

/**
 * The event as CloudTrail Lake keeps those that do not come from AWS, one line of JSON. `id` is made once:
 * the bytes are the same however often they are sent, and the server keeps them once. Texts past 1 KB are
 * cut, and objects past 100 KB left out. Throws AuditError Invalid where there is no name or a value
 * cannot be read.
 */
export function eventLine(event: AuditEvent, origin: EventOrigin, made: Made): Buffer {
  if (typeof event.eventName !== 'string' || event.eventName === '') {
    throw new AuditError('Invalid', 'an event needs a name')
  }
  try {
    return Buffer.from(`${JSON.stringify(recordOf(event, origin, made))}\n`)
  } catch (cause) {
    throw new AuditError('Invalid', `${event.eventName} has a value that cannot be read`, { cause })
  }
}

function recordOf(event: AuditEvent, origin: EventOrigin, made: Made): object {
  const eventTime = isoSeconds(made.time)
  const error = errorOf(event.error)
  const { user } = event
  const eventData = {
    version: '1.0',
    userIdentity: {
      type: clipped(text(user?.type ?? (user ? 'User' : 'Unknown'))),
      principalId: clipped(text(user?.id ?? 'unknown')),
      details: bounded(redacted(user?.details)),
    },
    userAgent: clipped(text(event.userAgent)),
    eventSource: clipped(text(event.eventSource ?? origin.source)),
    eventName: clipped(event.eventName),
    eventTime,
    UID: made.id,
    requestParameters: bounded(redacted(event.params)),
    responseElements: bounded(redacted(event.result)),
    errorCode: clipped(error?.code),
    errorMessage: clipped(error?.message),
    sourceIPAddress: clipped(text(event.sourceIPAddress)),
    recipientAccountId: origin.accountId,
    additionalEventData: bounded(
      redacted({
        ...event.additionalEventData,
        requestId: clipped(text(event.requestId)),
        resources: event.resources,
      }),
    ),
  }
  return {
    eventVersion: '1.11',
    eventCategory: 'ActivityAuditLog',
    eventType: 'ActivityLog',
    eventID: made.id,
    eventTime,
    awsRegion: event.region ?? origin.region,
    recipientAccountId: origin.accountId,
    readOnly: event.readOnly,
    eventData,
  }
}

export type Made = Readonly<{
  id: string
  /** Milliseconds since the epoch. */
  time: number
}>

function errorOf(error: unknown): { code: string; message?: string } | undefined {
  if (error === undefined || error === null) return undefined
  if (typeof error !== 'object') return { code: 'Error', message: String(error) }
  const { code, name, message } = error as { code?: unknown; name?: unknown; message?: unknown }
  return {
    code: String(typeof code === 'string' || typeof code === 'number' ? code : (name ?? 'Error')),
    message: message === undefined ? undefined : String(message),
  }
}

/** What should be a text and comes from outside, such as a header that was sent twice. */
function text(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value)
}
