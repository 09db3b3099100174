import { ApiError } from '../../errors.ts'

/**
 * The trail whose Insights are meant. Throws InvalidParameterCombinationException unless a trail or an event
 * data store is named, and not both; NotImplemented for an event data store.
 */
export function insightTrail(
  input: Readonly<{ TrailName?: string; EventDataStore?: string; InsightsDestination?: string }>,
): string {
  const { TrailName, EventDataStore, InsightsDestination } = input
  const store = EventDataStore ?? InsightsDestination
  if ((TrailName === undefined) === (store === undefined)) {
    throw new ApiError(
      'InvalidParameterCombinationException',
      'Give either TrailName, or EventDataStore with InsightsDestination.',
    )
  }
  if (TrailName === undefined) {
    throw new ApiError('NotImplemented', 'Insights on event data stores are not built yet.')
  }
  return TrailName
}
