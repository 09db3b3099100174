import type { Operation } from '../../operation.ts'
import { SearchEvents } from './SearchEvents.ts'

export { contrailModel } from './model.ts'

/** The operations of our own service. */
export const contrailOperations: Readonly<Record<string, Operation>> = { SearchEvents }
