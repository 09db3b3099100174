import type { Limits } from '../limits.ts'
import { checkRecord, isSurelyTaken } from '../record/check.ts'
import type { Feed } from './feeds.ts'
import type { NamedRegions } from './named-regions.ts'
import type { Cut } from './record-splitter.ts'

type Bounds = Pick<Limits, 'recordBytesMax' | 'nestingMax'>

/** Why a record is not taken; undefined when it is. */
export function refusal(
  { bytes, isPlain, regionAt }: Cut,
  { accounts, eventSources, regions }: Feed,
  { limits, named }: Readonly<{ limits: Bounds; named: NamedRegions }>,
): { reason: string; eventID?: string } | undefined {
  const isFree = !accounts && !eventSources && !regions
  const found = { timeAt: -1, regionAt }
  if (isFree && isSurelyTaken(bytes, limits, isPlain, found)) {
    if (named.isKnownAt(bytes, found.regionAt)) return undefined
  }
  const checked = checkRecord(bytes, limits)
  if ('refused' in checked) return { reason: checked.refused, eventID: checked.eventID }
  const { recipientAccountId, userIdentity, eventID } = checked.record
  const id = typeof eventID === 'string' ? eventID.slice(0, 128) : undefined
  const account =
    recipientAccountId ?? (userIdentity as { accountId?: unknown } | undefined)?.accountId
  if (accounts && !accounts.includes(String(account))) {
    return { reason: 'not an account of this feed', eventID: id }
  }
  const isAllowed = (source: unknown) => eventSources?.some((one) => matches(one, String(source)))
  if (eventSources && !sourcesOf(checked.record).every(isAllowed)) {
    return { reason: 'not an event source of this feed', eventID: id }
  }
  const { awsRegion } = checked.record
  if (regions && !regions.includes(String(awsRegion))) {
    return { reason: 'not a Region of this feed', eventID: id }
  }
  if (!named.admit(awsRegion)) return { reason: 'one Region too many', eventID: id }
  return undefined
}

/** Its own, and where it is an activity that of the event within; `undefined` where there is none. */
function sourcesOf({ eventSource, eventData }: Readonly<Record<string, unknown>>): unknown[] {
  const within = (eventData as { eventSource?: unknown } | null | undefined)?.eventSource
  if (within === undefined) return [eventSource]
  return eventSource === undefined ? [within] : [eventSource, within]
}

function matches(pattern: string, source: string): boolean {
  return pattern.endsWith('*') ? source.startsWith(pattern.slice(0, -1)) : source === pattern
}
