import { type Adapter, collect, contentId } from './adapter.ts'
import {
  type Fields,
  fields,
  list,
  listed,
  number,
  redacted,
  required,
  text,
  time,
} from './fields.ts'
import { jsonItems } from './items.ts'
import { type S3Event, s3Record } from './s3-record.ts'

/** RGW's names of operations, as S3 has them; any other keeps its own. */
const operations: Readonly<Record<string, string>> = {
  abort_multipart: 'AbortMultipartUpload',
  complete_multipart: 'CompleteMultipartUpload',
  copy_obj: 'CopyObject',
  create_bucket: 'CreateBucket',
  delete_bucket: 'DeleteBucket',
  delete_bucket_encryption: 'DeleteBucketEncryption',
  delete_bucket_policy: 'DeleteBucketPolicy',
  delete_bucket_public_access_block: 'DeletePublicAccessBlock',
  delete_bucket_tags: 'DeleteBucketTagging',
  delete_bucket_website: 'DeleteBucketWebsite',
  delete_cors: 'DeleteBucketCors',
  delete_lifecycle: 'DeleteBucketLifecycle',
  delete_obj: 'DeleteObject',
  delete_obj_tags: 'DeleteObjectTagging',
  get_acls: 'GetBucketAcl',
  get_bucket_encryption: 'GetBucketEncryption',
  get_bucket_location: 'GetBucketLocation',
  get_bucket_object_lock: 'GetObjectLockConfiguration',
  get_bucket_policy: 'GetBucketPolicy',
  get_bucket_policy_status: 'GetBucketPolicyStatus',
  get_bucket_public_access_block: 'GetPublicAccessBlock',
  get_bucket_tags: 'GetBucketTagging',
  get_bucket_versioning: 'GetBucketVersioning',
  get_bucket_website: 'GetBucketWebsite',
  get_cors: 'GetBucketCors',
  get_lifecycle: 'GetBucketLifecycleConfiguration',
  get_obj: 'GetObject',
  get_obj_legal_hold: 'GetObjectLegalHold',
  get_obj_retention: 'GetObjectRetention',
  get_obj_tags: 'GetObjectTagging',
  get_request_payment: 'GetBucketRequestPayment',
  init_multipart: 'CreateMultipartUpload',
  list_bucket: 'ListObjects',
  list_bucket_multiparts: 'ListMultipartUploads',
  list_bucket_versions: 'ListObjectVersions',
  list_buckets: 'ListBuckets',
  list_multipart: 'ListParts',
  multi_object_delete: 'DeleteObjects',
  post_obj: 'PutObject',
  put_acls: 'PutBucketAcl',
  put_bucket_encryption: 'PutBucketEncryption',
  put_bucket_object_lock: 'PutObjectLockConfiguration',
  put_bucket_policy: 'PutBucketPolicy',
  put_bucket_public_access_block: 'PutPublicAccessBlock',
  put_bucket_tags: 'PutBucketTagging',
  put_cors: 'PutBucketCors',
  put_lifecycle: 'PutBucketLifecycleConfiguration',
  put_obj: 'PutObject',
  put_obj_legal_hold: 'PutObjectLegalHold',
  put_obj_retention: 'PutObjectRetention',
  put_obj_tags: 'PutObjectTagging',
  set_bucket_versioning: 'PutBucketVersioning',
  set_bucket_website: 'PutBucketWebsite',
  set_request_payment: 'PutBucketRequestPayment',
  stat_bucket: 'HeadBucket',
  stat_obj: 'HeadObject',
}

/**
 * Ceph's ops log: one JSON list that never ends on a socket, an object a line in a file. RGW logs no request
 * that names no bucket, so ListBuckets and all of IAM are missing.
 *
 * https://docs.ceph.com/en/latest/radosgw/config-ref/
 */
export const rgw: Adapter = (bytes, context) =>
  collect(jsonItems(bytes, context), context, (value) => [
    s3Record(eventOf(fields(value)), context),
  ])

function eventOf(entry: Fields): S3Event {
  const operation = required(entry['operation'], 'operation')
  // `GET /bucket/key?acl HTTP/1.1`
  const uri = /^(\S+) (\S*)/.exec(text(entry['uri']) ?? '')
  const object = named(entry['object'])
  const accessKeyId = named(entry['access_key_id'])
  const name = named(entry['user'])
  return {
    nativeId: nativeIdOf(entry),
    time: time(entry['time']),
    operation: operationOf(operation, uri?.[1], object !== undefined),
    bucket: named(entry['bucket']),
    key: object,
    query: uri?.[2]?.split('?').slice(1).join('?'),
    headers: { ...sentHeaders(entry), 'user-agent': text(entry['user_agent']) },
    status: number(entry['http_status']) ?? 0,
    errorCode: text(entry['error_code']),
    requestId: text(entry['trans_id']),
    user: name === undefined || name === 'anonymous' ? undefined : { name, accessKeyId },
    sourceIp: text(entry['remote_addr']),
    bytesIn: number(entry['bytes_received']),
    bytesOut: number(entry['bytes_sent']),
    more: {
      operation,
      bucketOwner: named(entry['bucket_owner']),
      objectSize: number(entry['object_size']),
      totalTime: number(entry['total_time']),
      referrer: text(entry['referrer'])?.replace(/\?.*/, ''),
      subuser: named(entry['subuser']),
      authenticationType: text(entry['authentication_type']),
      session: entry['sts_info'] && redacted(entry['sts_info']),
      objects: deleted(entry),
      temporaryUrl: entry['temp_url'] === true || undefined,
    },
  }
}

/** One name stands for calls of a bucket and of an object, and for reading content and asking for it. */
function operationOf(name: string, method: string | undefined, hasObject: boolean): string {
  if (name === 'get_obj' && method === 'HEAD') return 'HeadObject'
  if (hasObject && name === 'get_acls') return 'GetObjectAcl'
  if (hasObject && name === 'put_acls') return 'PutObjectAcl'
  return listed(operations, name) ?? name
}

/** `-` stands for none. */
function named(value: unknown): string | undefined {
  const found = text(value)
  return found === '-' ? undefined : found
}

/** `[{"HTTP_X_AMZ_ACL":"private"}]`: those that RGW was told to log. */
function sentHeaders(entry: Fields): Record<string, string> {
  const sent = list(entry['http_x_headers']).flatMap((one) => Object.entries(fields(one)))
  return Object.fromEntries(
    sent.flatMap(([name, value]) =>
      typeof value === 'string'
        ? [
            [
              name
                .replace(/^HTTP_/, '')
                .replaceAll('_', '-')
                .toLowerCase(),
              value,
            ],
          ]
        : [],
    ),
  )
}

/** Of a deletion of many: which. */
function deleted(entry: Fields): readonly unknown[] | undefined {
  const objects = list(fields(entry['op_data'])['objects'])
  return objects.length > 0 ? objects.slice(0, 100) : undefined
}

function nativeIdOf(entry: Fields): string {
  const id = text(entry['trans_id'])
  if (id === undefined) return contentId(entry)
  return JSON.stringify([id, entry['operation'], entry['bucket'], entry['object']])
}
