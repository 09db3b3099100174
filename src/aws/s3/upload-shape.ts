import type { ListPartsOutput } from '../../gen/s3-types.ts'
import { canonicalUserId } from '../../objects/canonical-user.ts'
import type { Bucket } from '../../objects/contract.ts'
import { abortOf, enabledRules } from '../../objects/lifecycle-rules.ts'
import type { Upload } from '../../objects/uploads.ts'

/** What S3 shows of an upload in each of its answers. */
export function uploadShape({ id, key, checksum, ...upload }: Upload, { accountId }: Bucket) {
  const { arn, userName, accountId: initiatorAccount } = upload.initiator
  return {
    UploadId: id,
    Key: key,
    StorageClass: (upload.storageClass ?? 'STANDARD') as ListPartsOutput['StorageClass'],
    Owner: { ID: canonicalUserId(accountId) },
    Initiator: userName
      ? { ID: arn, DisplayName: userName }
      : { ID: canonicalUserId(initiatorAccount) },
    ChecksumAlgorithm: checksum?.algorithm,
    ChecksumType: checksum?.type,
  } as const
}

/** When a life-cycle rule of the bucket will abort the upload, and which. */
export function abortShape(upload: Upload, bucket: Bucket) {
  const due = abortOf(upload, enabledRules(bucket))
  return due ? { AbortDate: new Date(due.at), AbortRuleId: due.ruleId } : {}
}
