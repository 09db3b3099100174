// What a record has straight from the call, its answer, and what the proxy was told of the caller's key.
import { isIP } from 'node:net'
import type { RealRecord } from './fidelity.ts'

/** A field, and whether it came through as it was. */
export type Carried = Readonly<{ field: string; isEqual: boolean }>

/** Whom capture.keys can name: callers with an ARN. */
const isNamed = ({ userIdentity }: RealRecord) => userIdentity.arn !== undefined
/** A session's ARN does not tell the path of its role. */
const isPlainRole = ({ userIdentity }: RealRecord) =>
  /:role\/[^/]+$/.test(userIdentity.sessionContext.sessionIssuer.arn)
/** AWS's services have no address, and no client's name, in records. */
const isClient = ({ sourceIPAddress, userAgent }: RealRecord) => {
  return isIP(sourceIPAddress) !== 0 && userAgent !== 'AWS Internal'
}

const fields: Readonly<Record<string, (real: RealRecord) => boolean>> = {
  'userIdentity.type': isNamed,
  'userIdentity.arn': isNamed,
  'userIdentity.accountId': isNamed,
  'userIdentity.userName': isNamed,
  'userIdentity.sessionContext.sessionIssuer.type': isNamed,
  'userIdentity.sessionContext.sessionIssuer.arn': isPlainRole,
  'userIdentity.sessionContext.sessionIssuer.accountId': isNamed,
  'userIdentity.sessionContext.sessionIssuer.userName': isNamed,
  recipientAccountId: isNamed,
  sourceIPAddress: isClient,
  userAgent: isClient,
  requestID: () => true,
  'additionalEventData.x-amz-id-2': () => true,
  'tlsDetails.clientProvidedHostHeader': () => true,
}

/** Of those fields that the real record has and that a caller of ours can send. */
export function carriedOf(real: RealRecord, ours: RealRecord): Carried[] {
  return Object.entries(fields).flatMap(([field, isSent]) => {
    const shown = at(real, field)
    return shown === undefined || !isSent(real)
      ? []
      : [{ field, isEqual: shown === at(ours, field) }]
  })
}

function at(record: RealRecord, field: string): unknown {
  return field.split('.').reduce<any>((value, name) => value?.[name], record)
}
