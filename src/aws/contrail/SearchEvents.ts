import type { Clock } from '../../clock.ts'
import { ApiError } from '../../errors.ts'
import type { History } from '../../history/history.ts'
import type { Filter, FollowPage, FollowQuery, FoundEvent, TimeRange } from '../../history/query.ts'
import { limits } from '../../limits.ts'
import type { Operation } from '../../operation.ts'
import { readToken, writeToken } from '../page-token.ts'
import type { SearchEventsRequest, SearchEventsResponse } from './model.ts'

export type SearchServices = Readonly<{
  history: Pick<History, 'lookup' | 'follow' | 'arrival' | 'durable'>
  /** The account that may search all others' events; any other searches its own. */
  managementAccount: string
}>

/** Parts of the journal looked through for one answer in the order of arrival when few events match. */
const partsMax = 64
const pageMax = 100

/**
 * Events by any attributes combined, of every category, account and Region the caller may see; newest
 * first, or in the order of arrival and then, with WaitSeconds, as they come in.
 */
export const SearchEvents: Operation<SearchEventsRequest, SearchEventsResponse, SearchServices> = {
  access: 'read',

  async run(input, { caller, services, clock, signal }) {
    const { MaxResults, NextToken, WaitSeconds = 0, StartAt, ...asked } = input
    const filter = filterOf(input, caller.accountId, services.managementAccount)
    const range = rangeOf(input)
    const parameters = ['SearchEvents', caller.accountId, asked]
    const position = positionOf(NextToken, parameters)
    const eventsMax = Math.min(MaxResults ?? pageMax, limits.searchPageMax)
    const bytesMax = limits.searchPageBytes
    const { history } = services

    if (input.Order !== 'ARRIVAL') {
      const before = position && { time: position[0]!, seq: position[1]! }
      const page = await history.lookup({ filter, range, before, eventsMax, bytesMax })
      const { events, next, unreadable } = page
      const token = next && writeToken([next.time, next.seq], parameters, clock.now())
      return { ...recordsOf(events), NextToken: token, Unreadable: unreadable || undefined }
    }
    const start = StartAt === 'LATEST' ? history.durable : 0
    // Who does not wait is at the end where the journal ended at first, however much comes in meanwhile.
    const to = WaitSeconds > 0 ? undefined : (position?.[1] ?? history.durable)
    const query = { filter, range, after: position?.[0] ?? start, to, eventsMax, bytesMax }
    const waiting = { history, clock, signal, waitMs: WaitSeconds * 1000 }
    const { events, after, atEnd, unreadable } = await follow(query, waiting)
    const place = atEnd || to === undefined ? [after] : [after, to]
    const token = writeToken(place, parameters, clock.now())
    return {
      ...recordsOf(events),
      NextToken: token,
      AtEnd: atEnd,
      Unreadable: unreadable || undefined,
    }
  },
}

type Waiting = Readonly<{
  history: SearchServices['history']
  clock: Clock
  signal: AbortSignal
  waitMs: number
}>

/** The next page that has events; an empty one when there are none, even after waiting. */
async function follow(
  query: FollowQuery,
  { history, clock, signal, waitMs }: Waiting,
): Promise<FollowPage> {
  const over = new AbortController()
  const cancel = clock.after(waitMs, () => over.abort())
  const ended = AbortSignal.any([signal, over.signal])
  try {
    let { after } = query
    let unreadable = 0
    for (let parts = 1; ; parts++) {
      const page = await history.follow({ ...query, after })
      const events = waitMs > 0 ? page.events.filter((event) => !isPoll(event, query)) : page.events
      unreadable += page.unreadable
      after = page.after
      if (page.atEnd && events.length === 0 && waitMs > 0) {
        if (await history.arrival(after, ended)) continue
      } else if (!page.atEnd && events.length === 0 && parts < partsMax) continue
      return { ...page, events, unreadable }
    }
  } finally {
    cancel()
  }
}

/** Polls are recorded like every call; were they answers too, each would end the next one's wait. */
function isPoll({ attributes: { values } }: FoundEvent, { filter }: FollowQuery): boolean {
  const isOurs = values.eventSource?.[0] === 'contrail.internal'
  return isOurs && values.eventName?.[0] === 'SearchEvents' && filter.eventName === undefined
}

function filterOf(
  input: SearchEventsRequest,
  accountId: string,
  managementAccount: string,
): Filter {
  if (accountId !== managementAccount && (input.AccountId ?? accountId) !== accountId) {
    throw new ApiError('AccessDeniedException', 'An account searches its own events only.')
  }
  return {
    eventID: input.EventId,
    eventName: input.EventName,
    eventSource: input.EventSource,
    username: input.Username,
    accessKeyId: input.AccessKeyId,
    readOnly: input.ReadOnly,
    resourceType: input.ResourceType,
    resourceName: input.ResourceName,
    errorCode: input.ErrorCode,
    sourceIp: input.SourceIPAddress,
    accountId: accountId === managementAccount ? input.AccountId : accountId,
    region: input.Region,
    category: input.EventCategory,
  }
}

function rangeOf({ StartTime, EndTime }: SearchEventsRequest): TimeRange {
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

function positionOf(token: string | undefined, parameters: unknown): number[] | undefined {
  if (token === undefined) return undefined
  const read = readToken(token, parameters)
  if (!read) throw new ApiError('InvalidNextTokenException', 'The token is not for this search.')
  return read.position
}

function recordsOf(events: readonly FoundEvent[]): { Records: string[] } {
  return { Records: events.map(({ record }) => record) }
}
