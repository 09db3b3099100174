import type {
  GetEventSelectorsResponse,
  GetInsightSelectorsResponse,
} from '../../gen/cloudtrail-types.ts'
import type { Trail } from '../../trails/contract.ts'

/** The selectors in force: of one style, as they were put, with the defaults filled in. */
export function selectorsShape({ arn, selectors }: Trail): GetEventSelectorsResponse {
  const { basic, advanced } = selectors
  return {
    TrailARN: arn,
    EventSelectors: basic as GetEventSelectorsResponse['EventSelectors'],
    AdvancedEventSelectors: advanced as GetEventSelectorsResponse['AdvancedEventSelectors'],
  }
}

/** What Insights look for. */
export function insightSelectorsShape({
  arn,
  insightSelectors,
}: Trail): GetInsightSelectorsResponse {
  return {
    TrailARN: arn,
    InsightSelectors: insightSelectors as GetInsightSelectorsResponse['InsightSelectors'],
  }
}
