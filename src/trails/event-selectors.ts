import { ApiError } from '../errors.ts'
import type { PutEventSelectorsRequest } from '../gen/cloudtrail-types.ts'
import type { BasicSelector, Selectors, Trail } from './contract.ts'
import { defaultSelectors } from './default-selectors.ts'
import { missingForInsights } from './insight-selectors.ts'
import { checkAdvanced, checkBasic } from './selectors/check.ts'

/**
 * The selectors in force after a put, which replaces those of either style. An empty list of advanced ones
 * and no basic ones is the default again: Terraform sends that when the last one was taken away.
 *
 * Throws InvalidEventSelectorsException; also where both styles or none are given, and where Insights would
 * lose the events they measure.
 */
export function chooseSelectors(
  { EventSelectors, AdvancedEventSelectors }: Omit<PutEventSelectorsRequest, 'TrailName'>,
  { insightSelectors }: Pick<Trail, 'insightSelectors'>,
): Selectors {
  const invalid = (reason: string) => new ApiError('InvalidEventSelectorsException', reason)
  if (!EventSelectors && !AdvancedEventSelectors) {
    throw invalid('Give either EventSelectors or AdvancedEventSelectors.')
  }
  if (EventSelectors?.length && AdvancedEventSelectors?.length) {
    throw invalid('EventSelectors and AdvancedEventSelectors cannot be given together.')
  }
  const chosen = AdvancedEventSelectors?.length
    ? { isCustom: true, advanced: checkAdvanced(AdvancedEventSelectors) }
    : EventSelectors
      ? basicSelectors(checkBasic(EventSelectors))
      : defaultSelectors
  const missing = missingForInsights(insightSelectors, chosen)
  if (missing) throw invalid(missing)
  return chosen
}

function basicSelectors(basic: BasicSelector[]): Selectors {
  const [only, second] = basic
  const isDefault =
    second === undefined &&
    only?.ReadWriteType === 'All' &&
    only.IncludeManagementEvents &&
    only.DataResources.length === 0 &&
    only.ExcludeManagementEventSources.length === 0
  return { isCustom: !isDefault, basic }
}
