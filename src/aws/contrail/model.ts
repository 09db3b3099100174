import type { ServiceModel, Shape } from '../../gen/model.ts'
import { limits } from '../../limits.ts'

/** What SearchEvents filters by: exact values, all of which an event must have. */
export type SearchEventsRequest = Readonly<{
  EventId?: string
  EventName?: string
  EventSource?: string
  Username?: string
  AccessKeyId?: string
  /** `true` or `false`, as in LookupEvents. */
  ReadOnly?: string
  ResourceType?: string
  ResourceName?: string
  ErrorCode?: string
  SourceIPAddress?: string
  AccountId?: string
  Region?: string
  /** `Management`, `Data`, `NetworkActivity`, `Insight`. */
  EventCategory?: string
  /** Event times, inclusive at both ends. */
  StartTime?: Date
  EndTime?: Date
  /** `NEWEST_FIRST` where absent. */
  Order?: string
  /** ARRIVAL without a token: `OLDEST` where absent; `LATEST` sees only what arrives from now on. */
  StartAt?: string
  /** ARRIVAL: how long to wait for something new when there is nothing more. */
  WaitSeconds?: number
  MaxResults?: number
  NextToken?: string
}>

export type SearchEventsResponse = Readonly<{
  /** Whole records, as received. */
  Records: readonly string[]
  /** ARRIVAL: always there, as more may come. */
  NextToken?: string
  /** ARRIVAL: nothing more was durable when the search began; when it waits, when it was answered. */
  AtEnd?: boolean
  /** Events that are known of but whose record is damaged; `contrail fsck` names them. */
  Unreadable?: number
}>

const text = { shape: 'Text' }
const filters = [
  'EventId',
  'EventName',
  'EventSource',
  'Username',
  'AccessKeyId',
  'ReadOnly',
  'ResourceType',
  'ResourceName',
  'ErrorCode',
  'SourceIPAddress',
  'AccountId',
  'Region',
  'EventCategory',
]

const shapes: Readonly<Record<string, Shape>> = {
  SearchEventsRequest: {
    type: 'structure',
    members: {
      ...Object.fromEntries(filters.map((name) => [name, text])),
      StartTime: { shape: 'Time' },
      EndTime: { shape: 'Time' },
      Order: { shape: 'Order' },
      StartAt: { shape: 'StartAt' },
      WaitSeconds: { shape: 'WaitSeconds' },
      MaxResults: { shape: 'MaxResults' },
      NextToken: text,
    },
  },
  SearchEventsResponse: {
    type: 'structure',
    members: {
      Records: { shape: 'Records' },
      NextToken: text,
      AtEnd: { shape: 'Boolean' },
      Unreadable: { shape: 'Integer' },
    },
  },
  Text: { type: 'string', min: 1, max: 2_000 },
  Record: { type: 'string' },
  Records: { type: 'list', member: 'Record' },
  Time: { type: 'timestamp' },
  Order: { type: 'string', enum: ['NEWEST_FIRST', 'ARRIVAL'] },
  StartAt: { type: 'string', enum: ['OLDEST', 'LATEST'] },
  WaitSeconds: { type: 'integer', min: 0, max: limits.searchWaitMax / 1000 },
  MaxResults: { type: 'integer', min: 1, max: limits.searchPageMax },
  Boolean: { type: 'boolean' },
  Integer: { type: 'integer' },
}

/** Our own service: what AWS's APIs cannot ask. The console and the command line use it as anybody may. */
export const contrailModel: ServiceModel = {
  signingName: 'contrail',
  apiVersion: '2026-11-21',
  protocol: 'awsJson1.1',
  targetPrefixes: ['Contrail_20261121'],
  operations: {
    SearchEvents: {
      input: 'SearchEventsRequest',
      output: 'SearchEventsResponse',
      errors: ['InvalidNextTokenException', 'InvalidTimeRangeException', 'AccessDeniedException'],
    },
  },
  shapes,
  errors: {
    InvalidNextTokenException: { status: 400, name: 'InvalidNextTokenException' },
    InvalidTimeRangeException: { status: 400, name: 'InvalidTimeRangeException' },
    AccessDeniedException: { status: 400, name: 'AccessDeniedException' },
  },
}
