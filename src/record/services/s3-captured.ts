import type { OwnMembers } from '../../operation.ts'
import type { CapturedExchange } from '../captured.ts'
import { dataEventOf } from './data-events.ts'
import { s3Members } from './s3.ts'

/**
 * An S3 call that passed by, shaped as one of ours is. The bucket is taken for the recipient's, in the Region
 * that was called: a proxy sees no more. S3 Control has the account in the host, and no bucket.
 */
export function capturedS3Members(
  exchange: CapturedExchange,
  readOnly: boolean,
  accountId: string,
): OwnMembers & { eventName: string } {
  const { call, parameters, answer, http, signature, tls } = exchange
  const isOfBuckets = 'Bucket' in (parameters.labels ?? {})
  const own = s3Members(
    {
      operation: call.operation,
      region: call.region,
      access: readOnly ? 'read' : 'write',
      category: dataEventOf(call) ? 'Data' : 'Management',
      host: http.headers['host'],
      userAgent: http.headers['user-agent'],
      signature,
      tls,
      input: parameters.members,
      error: answer?.error && { code: answer.error.code, message: answer.error.message ?? '' },
      http: {
        labels: parameters.labels ?? {},
        query: http.query,
        headers: http.headers,
        document: parameters.document,
        answered: present(http.answered),
        bytesIn: http.bytesIn,
        bytesOut: http.bytesOut,
      },
    },
    () => ({ accountId, region: call.region }),
  )
  return { ...own, eventName: isOfBuckets ? own.eventName! : accountsName(call.eventName) }
}

/** Settings of an account have the names that those of buckets have in the models. */
function accountsName(eventName: string): string {
  return eventName.replace(/^(Get|Put|Delete)(PublicAccessBlock)$/, '$1Account$2')
}

function present(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  )
}
