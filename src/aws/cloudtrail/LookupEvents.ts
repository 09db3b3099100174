import { ApiError } from '../../errors.ts'
import type {
  Event,
  LookupEventsRequest,
  LookupEventsResponse,
} from '../../gen/cloudtrail-types.ts'
import type { History } from '../../history/history.ts'
import type { AttributeName, FoundEvent, Position } from '../../history/query.ts'
import { limits } from '../../limits.ts'
import type { Operation } from '../../operation.ts'
import { readToken, writeToken } from '../page-token.ts'
import type { RateLimit } from '../rate-limit.ts'

export type LookupServices = Readonly<{
  history: Pick<History, 'lookup'>
  /** Calls for each account and Region; absent where there is no limit. */
  lookupRate?: RateLimit
}>

const attributeNames: Readonly<Record<string, AttributeName>> = {
  EventId: 'eventID',
  EventName: 'eventName',
  ReadOnly: 'readOnly',
  Username: 'username',
  ResourceType: 'resourceType',
  ResourceName: 'resourceName',
  EventSource: 'eventSource',
  AccessKeyId: 'accessKeyId',
}
/** The others are no attributes of an Insights event. */
const insightAttributes = ['EventId', 'EventName', 'EventSource']
const valueLengthMax = 2_000
const pageMax = 50
const tokenLifeMs = 24 * 3600_000

/**
 * The management or Insights events of the last 90 days in the caller's account and Region, newest
 * first, by one attribute and a time range. Pages go on from an event, not from a count, so events
 * that arrive meanwhile move nothing.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
 */
export const LookupEvents: Operation<LookupEventsRequest, LookupEventsResponse, LookupServices> = {
  access: 'read',
  ownChecks: ['LookupAttributes', 'EventCategory', 'MaxResults'],

  async run(input, { caller, services, clock }) {
    const { accountId, region } = caller
    if (services.lookupRate?.take(`${accountId} ${region}`) === false) {
      throw new ApiError('ThrottlingException', 'Rate exceeded')
    }
    const category = categoryOf(input)
    const attribute = attributeOf(input, category)
    const range = rangeOf(input)
    const eventsMax = pageSizeOf(input)
    // A smaller or larger page may go on where another ended.
    const { MaxResults: _, NextToken: __, ...asked } = input
    const parameters = ['LookupEvents', accountId, region, asked]
    const { events, next } = await services.history.lookup({
      filter: { ...attribute, accountId, region, category },
      range,
      before: positionOf(input.NextToken, parameters, clock.now()),
      eventsMax,
      // A page of the largest records has fewer of them.
      bytesMax: limits.searchPageBytes,
    })
    return {
      Events: events.map(lookedUp),
      NextToken: next && writeToken([next.time, next.seq], parameters, clock.now()),
    }
  },
}

function categoryOf({ EventCategory }: LookupEventsRequest): string {
  if (EventCategory === undefined) return 'Management'
  if (EventCategory === 'insight') return 'Insight'
  throw new ApiError('InvalidEventCategoryException', `Unknown event category: ${EventCategory}`)
}

function attributeOf(
  { LookupAttributes = [] }: LookupEventsRequest,
  category: string,
): { [name in AttributeName]?: string } {
  const invalid = (message: string) => new ApiError('InvalidLookupAttributesException', message)
  const [attribute, second] = LookupAttributes
  if (attribute === undefined) return {}
  if (second !== undefined) throw invalid('You can specify only one lookup attribute.')
  const { AttributeKey: key, AttributeValue: value } = attribute
  const name = Object.hasOwn(attributeNames, key) ? attributeNames[key] : undefined
  if (name === undefined) throw invalid(`Unknown lookup attribute key: ${key}`)
  if (category === 'Insight' && !insightAttributes.includes(key)) {
    throw invalid(`Insights events cannot be looked up by ${key}.`)
  }
  // Not checked against the model, so it may be absent.
  const length = countedLength(value ?? '')
  if (length < 1 || length > valueLengthMax) {
    throw invalid(`The value of ${key} must have 1 to ${valueLengthMax} characters.`)
  }
  return { [name]: value }
}

/** These four count double, says AWS. */
function countedLength(value: string): number {
  return value.length + (value.match(/[_ ,\n]/g)?.length ?? 0)
}

function rangeOf({ StartTime, EndTime }: LookupEventsRequest): { from?: number; to?: number } {
  const from = StartTime?.getTime()
  const to = EndTime?.getTime()
  if (from !== undefined && to !== undefined && from > to) {
    throw new ApiError(
      'InvalidTimeRangeException',
      'The start time must not be after the end time.',
    )
  }
  return { from, to }
}

function pageSizeOf({ MaxResults = pageMax }: LookupEventsRequest): number {
  if (MaxResults >= 1 && MaxResults <= pageMax) return MaxResults
  throw new ApiError('InvalidMaxResultsException', `MaxResults must be from 1 to ${pageMax}.`)
}

function positionOf(
  token: string | undefined,
  parameters: unknown,
  now: number,
): Position | undefined {
  if (token === undefined) return undefined
  const read = readToken(token, parameters)
  const [time, seq] = read?.position ?? []
  if (!read || time === undefined || seq === undefined || now - read.issuedAt > tokenLifeMs) {
    throw new ApiError(
      'InvalidNextTokenException',
      'The token is invalid, has expired, or was given for other parameters.',
    )
  }
  return { time, seq }
}

function lookedUp({ record, attributes }: FoundEvent): Event {
  const { time, values, resources } = attributes
  return {
    EventId: values.eventID?.[0],
    EventName: values.eventName?.[0],
    ReadOnly: values.readOnly?.[0],
    AccessKeyId: values.accessKeyId?.[0],
    EventTime: new Date(time),
    EventSource: values.eventSource?.[0],
    Username: values.username?.[0],
    Resources: resources.map(({ type, name }) => ({ ResourceType: type, ResourceName: name })),
    CloudTrailEvent: record,
  }
}
