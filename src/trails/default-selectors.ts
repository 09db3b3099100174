import type { Selectors } from './contract.ts'

/** All management events and nothing else. */
export const defaultSelectors: Selectors = {
  isCustom: false,
  basic: [
    {
      ReadWriteType: 'All',
      IncludeManagementEvents: true,
      DataResources: [],
      ExcludeManagementEventSources: [],
    },
  ],
}
