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

const textMax = 1024

/**
 * The event as CloudTrail Lake keeps those that do not come from AWS, one line of JSON. `id` is made once:
 * the bytes are the same however often they are sent, and the server keeps them once.
 */
export function eventLine(event: AuditEvent, origin: EventOrigin, made: Made): Buffer {
  const eventTime = `${new Date(made.time).toISOString().slice(0, 19)}Z`
  const error = errorOf(event.error)
  const eventData = {
    version: '1.0',
    userIdentity: {
      type: clip(event.user?.type ?? (event.user ? 'User' : 'Unknown')),
      principalId: clip(event.user?.id ?? 'unknown'),
      details: redacted(event.user?.details),
    },
    userAgent: clip(event.userAgent),
    eventSource: clip(event.eventSource ?? origin.source),
    eventName: clip(event.eventName),
    eventTime,
    UID: made.id,
    requestParameters: redacted(event.params),
    responseElements: redacted(event.result),
    errorCode: clip(error?.code),
    errorMessage: clip(error?.message),
    sourceIPAddress: clip(event.sourceIPAddress),
    recipientAccountId: origin.accountId,
    additionalEventData: redacted({
      ...event.additionalEventData,
      requestId: event.requestId,
      resources: event.resources,
    }),
  }
  const record = {
    eventVersion: '1.11',
    eventCategory: 'ActivityAuditLog',
    eventType: 'ActivityLog',
    eventID: made.id,
    eventTime,
    awsRegion: origin.region,
    recipientAccountId: origin.accountId,
    readOnly: event.readOnly,
    eventData,
  }
  return Buffer.from(`${JSON.stringify(record)}\n`)
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

function clip(text: string | undefined): string | undefined {
  return text?.slice(0, textMax)
}
