import type { AdvancedSelector, BasicSelector, FieldSelector, Selectors } from '../contract.ts'
import { defaultSelectors } from '../default-selectors.ts'
import { allOf } from './data-resources.ts'
import type { SelectableEvent, SelectableResource } from './selectable.ts'

type Test<T> = (value: T) => boolean

/**
 * A test of events that any of the selectors takes; all management events where neither style is in force.
 * Made once and asked of every event.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/filtering-data-events.html
 */
export function compileSelectors({ basic, advanced }: Selectors): Test<SelectableEvent> {
  if (advanced) return some(advanced.map(compileAdvanced))
  return some((basic ?? defaultSelectors.basic!).map(compileBasic))
}

function compileBasic({
  ReadWriteType,
  IncludeManagementEvents,
  DataResources,
  ExcludeManagementEventSources,
}: BasicSelector): Test<SelectableEvent> {
  const excluded = new Set<string | undefined>(ExcludeManagementEventSources)
  const skipped = { All: undefined, ReadOnly: 'false', WriteOnly: 'true' }[ReadWriteType]
  const isWanted = some(DataResources.map(compileDataResource))
  return (event) => {
    if (event.readOnly === skipped) return false
    if (event.eventCategory === 'Management') {
      return IncludeManagementEvents && !excluded.has(event.eventSource)
    }
    return event.eventCategory === 'Data' && event.resources.some(isWanted)
  }
}

/** A prefix for objects, exact ARNs for what else there is. */
function compileDataResource({
  Type,
  Values,
}: BasicSelector['DataResources'][number]): Test<SelectableResource> {
  if (Values.some((value) => allOf(Type, value))) return ({ type }) => type === Type
  if (Type === 'AWS::S3::Object') {
    return ({ type, ARN }) =>
      type === Type && ARN !== undefined && Values.some((value) => ARN.startsWith(value))
  }
  const arns = new Set<string | undefined>(Values)
  return ({ type, ARN }) => type === Type && arns.has(ARN)
}

function compileAdvanced({ FieldSelectors }: AdvancedSelector): Test<SelectableEvent> {
  const tests: Test<SelectableEvent>[] = []
  const ofResource: Test<SelectableResource>[] = []
  for (const selector of FieldSelectors) {
    const matches = compileField(selector)
    if (selector.Field === 'resources.type') ofResource.push(({ type }) => matches(type))
    else if (selector.Field === 'resources.ARN') ofResource.push(({ ARN }) => matches(ARN))
    else {
      const member = memberOf(selector.Field)
      tests.push((event) => matches(event[member]))
    }
  }
  if (ofResource.length > 0) {
    // One resource has to satisfy both: an object's record names its bucket as well.
    const isWanted = every(ofResource)
    tests.push(({ resources }) => resources.some(isWanted))
  }
  return every(tests)
}

type Member = Exclude<keyof SelectableEvent, 'resources'>

const members: Readonly<Record<string, Member>> = {
  eventCategory: 'eventCategory',
  eventSource: 'eventSource',
  eventName: 'eventName',
  eventType: 'eventType',
  readOnly: 'readOnly',
  errorCode: 'errorCode',
  vpcEndpointId: 'vpcEndpointId',
  sessionCredentialFromConsole: 'sessionCredentialFromConsole',
  'userIdentity.arn': 'userArn',
}

function memberOf(field: string): Member {
  const member = members[field]
  if (member === undefined) throw new Error(`no selector compares ${field}`)
  return member
}

/** Any operator that selects and none that deselects; what is absent is selected by no value. */
function compileField(selector: FieldSelector): Test<string | undefined> {
  const { Equals, StartsWith, EndsWith, NotEquals, NotStartsWith, NotEndsWith } = selector
  const selects = compileOperators(Equals, StartsWith, EndsWith)
  const deselects = compileOperators(NotEquals, NotStartsWith, NotEndsWith)
  return (value) => {
    if (value === undefined) return selects === undefined
    return (selects === undefined || selects(value)) && !deselects?.(value)
  }
}

/** Undefined where there is none of the operators. */
function compileOperators(
  equals: readonly string[] | undefined,
  starts: readonly string[] | undefined,
  ends: readonly string[] | undefined,
): Test<string> | undefined {
  if (!equals && !starts && !ends) return undefined
  const whole = new Set(equals)
  return (value) =>
    whole.has(value) ||
    starts?.some((start) => value.startsWith(start)) === true ||
    ends?.some((end) => value.endsWith(end)) === true
}

function some<T>(tests: ReadonlyArray<Test<T>>): Test<T> {
  return (value) => tests.some((test) => test(value))
}

function every<T>(tests: ReadonlyArray<Test<T>>): Test<T> {
  return (value) => tests.every((test) => test(value))
}
