import { ApiError } from '../errors.ts'
import type { InsightSelector } from '../gen/cloudtrail-types.ts'
import type { Selectors, Trail } from './contract.ts'

type Kept = Trail['insightSelectors']

const types = ['ApiCallRateInsight', 'ApiErrorRateInsight']
const categories = ['Management', 'Data']

/**
 * Insight selectors as they are kept. Throws InvalidInsightSelectorsException for a type or category that is
 * unknown or comes twice, and for one that measures events which the trail does not log.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutInsightSelectors.html
 */
export function checkInsightSelectors(wanted: readonly InsightSelector[], logged: Selectors): Kept {
  const invalid = (reason: string) => new ApiError('InvalidInsightSelectorsException', reason)
  const kept = wanted.map(({ InsightType = '', EventCategories }) => {
    if (!types.includes(InsightType)) throw invalid(`Unknown Insights type: ${InsightType}`)
    if (EventCategories === undefined) return { InsightType }
    const given = new Set<string>(EventCategories)
    if (given.size < EventCategories.length || given.size === 0) {
      throw invalid(`The event categories of ${InsightType} are empty or hold one more than once.`)
    }
    for (const one of given) {
      if (!categories.includes(one)) throw invalid(`Unknown event category: ${one}`)
    }
    return { InsightType, EventCategories: [...given] }
  })
  if (new Set(kept.map(({ InsightType }) => InsightType)).size < kept.length) {
    throw invalid('An Insights type is given more than once.')
  }
  const missing = missingForInsights(kept, logged)
  if (missing) throw invalid(missing)
  return kept
}

/** Why the events that Insights measures would not be logged; undefined when they are. */
export function missingForInsights(insights: Kept, logged: Selectors): string | undefined {
  for (const { InsightType, EventCategories = ['Management'] } of insights) {
    const needs = EventCategories.map((category) => {
      if (category === 'Data') return 'data'
      return InsightType === 'ApiCallRateInsight' ? 'write management' : 'management'
    })
    const lacking = needs.find((need) => !loggedEvents(logged).has(need))
    if (lacking) return `${InsightType} needs a trail that logs ${lacking} events.`
  }
  return undefined
}

/** Which of `management`, `write management` and `data` some selector takes. */
function loggedEvents({ basic = [], advanced = [] }: Selectors): Set<string> {
  const logged = new Set<string>()
  for (const { IncludeManagementEvents, ReadWriteType, DataResources } of basic) {
    if (IncludeManagementEvents) logged.add('management')
    if (IncludeManagementEvents && ReadWriteType !== 'ReadOnly') logged.add('write management')
    if (DataResources.length > 0) logged.add('data')
  }
  for (const { FieldSelectors } of advanced) {
    const only = (field: string) => FieldSelectors.find(({ Field }) => Field === field)?.Equals?.[0]
    const isManagement = only('eventCategory') === 'Management'
    if (isManagement) logged.add('management')
    if (isManagement && only('readOnly') !== 'true') logged.add('write management')
    if (only('eventCategory') === 'Data') logged.add('data')
  }
  return logged
}
