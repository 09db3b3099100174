/** Whose events: `us-east-1` management events of one account. LookupEvents answers for one scope. */
export type Scope = Readonly<{ accountId: string; region: string; category: string }>

/** What an event can be found by: the eight attributes of LookupEvents and two of our own. */
export const attributeNames = [
  'eventID',
  'accessKeyId',
  'resourceName',
  'errorCode',
  'username',
  'sourceIp',
  'eventName',
  'resourceType',
  'eventSource',
  'readOnly',
] as const
export type AttributeName = (typeof attributeNames)[number]

/** Exact values, all of which an event must have; absent members allow any. */
export type Filter = Readonly<
  { [name in AttributeName]?: string } & { [part in keyof Scope]?: string }
>

/** Times in milliseconds since the epoch, inclusive at both ends. */
export type TimeRange = Readonly<{ from?: number; to?: number }>

/** Where a page ended: the event that was its last one. */
export type Position = Readonly<{ time: number; seq: number }>

/** Newest first. A later page goes on behind the `next` of the one before. */
export type LookupQuery = Readonly<{
  filter: Filter
  range: TimeRange
  before?: Position
  /** Most events on the page, and most bytes of records (one record always fits). */
  eventsMax: number
  bytesMax: number
}>

/** In the order of arrival, which is the journal's: for tail and export. */
export type FollowQuery = Readonly<{
  filter: Filter
  range: TimeRange
  /** The last sequence number already seen; 0 for the oldest kept. */
  after: number
  /** The last one wanted; what is durable where absent. */
  to?: number
  eventsMax: number
  bytesMax: number
}>

/** One event found: the record's bytes as text, and what was read from them. */
export type FoundEvent = Readonly<{
  seq: number
  record: string
  attributes: EventAttributes
}>

/** What the index knows of an event. */
export type EventAttributes = Readonly<{
  /** Milliseconds since the epoch. */
  time: number
  scope: Scope
  values: Readonly<{ [name in AttributeName]?: readonly string[] }>
  resources: ReadonlyArray<Readonly<{ type?: string; name: string }>>
}>

export type LookupPage = Readonly<{
  events: readonly FoundEvent[]
  /** Absent when there is nothing older. A page may be empty and have a next one. */
  next?: Position
  /** Events the index knows of whose journal record cannot be read any more. */
  unreadable: number
}>

export type FollowPage = Readonly<{
  events: readonly FoundEvent[]
  /** Everything up to here has been seen. */
  after: number
  /** Nothing more is wanted, or durable at the moment. */
  atEnd: boolean
  unreadable: number
}>

/** Whether an event has every value asked for and lies in the range. */
export function matches(event: EventAttributes, filter: Filter, range: TimeRange): boolean {
  const { accountId, region, category } = filter
  const { scope, time, values } = event
  if (accountId !== undefined && scope.accountId !== accountId) return false
  if (region !== undefined && scope.region !== region) return false
  if (category !== undefined && scope.category !== category) return false
  if (range.from !== undefined && time < range.from) return false
  if (range.to !== undefined && time > range.to) return false
  return attributeNames.every((name) => {
    const wanted = filter[name]
    return wanted === undefined || values[name]?.includes(wanted) === true
  })
}
