import type { Operation } from '../../operation.ts'
import { GetAccessKeyInfo } from './GetAccessKeyInfo.ts'
import { GetCallerIdentity } from './GetCallerIdentity.ts'

/** The part of STS that is built; roles and sessions join with the rest of IAM. */
export const stsOperations: Readonly<Record<string, Operation>> = {
  GetAccessKeyInfo,
  GetCallerIdentity,
}
