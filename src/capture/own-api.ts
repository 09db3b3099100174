import { type Clock, isoSeconds } from '../clock.ts'
import type { ServiceModel } from '../gen/model.ts'
import type { Ids } from '../ids.ts'
import type { ApiCall, Complete, OwnMembers, Principal } from '../operation.ts'
import { bounded, clipped } from '../record/bounds.ts'
import { recordedMembers } from '../record/casing.ts'
import {
  commitRecorded,
  type RecordedCommitOptions,
  type RecordedEntry,
} from '../state/recorded-commit.ts'

export type RecordCallsOptions = RecordedCommitOptions & Readonly<{ ids: Ids; clock: Clock }>

/** What an access key id may look like; anything else a caller claims may be a secret in the wrong place. */
const accessKeyIdPattern = /^[A-Z0-9]{16,128}$/

/**
 * Records the calls to our own API. Without a change the record goes to the journal; with one, change and
 * record are committed together first, so that no visible change is ever without its record.
 */
export function recordCalls({ ids, clock, ...parts }: RecordCallsOptions): Complete {
  return async (call, tx) => {
    const eventID = ids.uuid()
    const record = ownRecord(call, eventID, clock.now())
    const main = entryOf(eventID, record)
    if (!tx?.dirty) {
      await parts.journal.append([{ from, record: main.record }])
      return
    }
    const after = (call.service.effects?.(call) ?? []).map((effect) => {
      const eventID = ids.uuid()
      return entryOf(eventID, { ...record, ...besides, ...effect, eventID })
    })
    await commitRecorded(parts, tx, main, { after })
  }
}

/** Where our own records come from. */
const from = 'own'
/** What a service event has instead of what its call has. */
const besides = {
  responseElements: null,
  additionalEventData: undefined,
  eventType: 'AwsServiceEvent',
}

function entryOf(eventID: string, record: Record<string, unknown>): RecordedEntry {
  return { eventID, from, record: Buffer.from(JSON.stringify(record)) }
}

/** One call's record, members in the order CloudTrail writes them (`core.md` 1.2). */
export function ownRecord(call: ApiCall, eventID: string, now: number): Record<string, unknown> {
  const { service, error, principal } = call
  const own = service.recorded?.(call) ?? modelMembers(call)
  const isManagement = call.category === 'Management'
  return {
    eventVersion: '1.11',
    userIdentity: identityOf(principal),
    eventTime: isoSeconds(now),
    eventSource: service.eventSource,
    eventName: own.eventName ?? call.operation,
    awsRegion: own.awsRegion ?? call.region,
    sourceIPAddress: call.sourceIp,
    userAgent: clipped(own.userAgent ?? call.userAgent),
    errorCode: error && recordedErrorCode(error.code, service.model),
    errorMessage: error && clipped(error.message),
    requestParameters: bounded(own.requestParameters),
    responseElements: bounded(own.responseElements),
    additionalEventData: additionalData(call, own),
    requestID: call.requestId,
    eventID,
    readOnly: call.access === 'read',
    resources: own.resources?.length ? own.resources : undefined,
    eventType: 'AwsApiCall',
    managementEvent: isManagement,
    recipientAccountId: call.accountId,
    eventCategory: call.category,
    tlsDetails: {
      tlsVersion: call.tls?.version,
      cipherSuite: call.tls?.cipher,
      clientProvidedHostHeader: clipped(call.host),
    },
  }
}

/** Who the signature proves; without proof nobody is named, least of all who was claimed. */
function identityOf(principal: Principal | undefined): Record<string, unknown> {
  if (!principal) return { type: 'Unknown' }
  const { type, principalId, arn, accountId, accessKeyId, userName } = principal
  return { type, principalId, arn, accountId, accessKeyId, userName }
}

function modelMembers(call: ApiCall): OwnMembers {
  const { resources } = call
  return { requestParameters: parameters(call), responseElements: elements(call), resources }
}

function parameters({ input, model, service }: ApiCall): Record<string, unknown> | null {
  if (!input || model?.input === undefined) return null
  return recordedMembers(input, model.input, service.model)
}

/** Only what a call changed is answered in its record. */
function elements({ output, model, service, access, operation }: ApiCall): unknown {
  const isShown = access === 'write' || operation === 'GetCallerIdentity'
  if (!output || !isShown || model?.output === undefined) return null
  return recordedMembers(output, model.output, service.model)
}

function additionalData(
  { principal, claimedAccessKeyId, signature }: ApiCall,
  { additionalEventData }: OwnMembers,
): Record<string, unknown> | undefined {
  if (principal || !signature) return additionalEventData
  const isKeyId = claimedAccessKeyId && accessKeyIdPattern.test(claimedAccessKeyId)
  return {
    SignatureVersion: 'SigV4',
    AuthenticationMethod: signature,
    ...additionalEventData,
    claimedAccessKeyId: isKeyId ? claimedAccessKeyId : undefined,
  }
}

/** CloudTrail names IAM's errors by the exception, and an access denial without its suffix. */
function recordedErrorCode(code: string, model: ServiceModel): string {
  if (code === 'AccessDeniedException') return 'AccessDenied'
  return model.errors[code]?.name ?? code
}
