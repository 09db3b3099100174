import type { Operation } from '../../operation.ts'
import { LookupEvents } from './LookupEvents.ts'

/** The operations of CloudTrail that are built; the model names the others, which are refused. */
export const cloudtrailOperations: Readonly<Record<string, Operation>> = { LookupEvents }
