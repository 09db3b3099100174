// One event of each audit feed in the form that its vendor documents, with values of our own. The time of all
// is 2026-11-21T04:44:23Z.

/** https://min.io/docs/minio/linux/operations/monitoring/minio-logging.html, and AIStor's the same. */
export const minioEntry = {
  version: '1',
  deploymentid: '9b4d2a1f-0000-4000-8000-0123456789ab',
  time: '2026-11-21T04:44:23.123456789Z',
  event: '',
  trigger: 'incoming',
  api: {
    name: 'PutObject',
    bucket: 'invoices',
    object: '2026/a b.pdf',
    status: 'OK',
    statusCode: 200,
    rx: 1234,
    tx: 0,
    txHeaders: 208,
    timeToFirstByte: '1900000ns',
    timeToFirstByteInNS: '1900000',
    timeToResponse: '2100000ns',
    timeToResponseInNS: '2100000',
  },
  remotehost: '10.1.2.3',
  requestID: '17F0A1B2C3D4E5F6',
  userAgent: 'MinIO (linux; amd64) minio-go/v7.0.80',
  requestPath: '/invoices/2026/a b.pdf',
  requestHost: 'minio.example.internal:9000',
  requestClaims: { accessKey: 'SVCACCOUNT1', parent: 'alice' },
  requestQuery: { partNumber: '1' },
  requestHeader: { Authorization: 'AWS4-HMAC-SHA256 Credential=…', 'X-Amz-Acl': 'private' },
  responseHeader: { 'X-Amz-Version-Id': 'v-1', 'X-Amz-Request-Id': '17F0A1B2C3D4E5F6' },
  tags: { objectLocation: 'pool-1' },
  accessKey: 'SVCACCOUNT1',
  parentUser: 'alice',
}

/** What MinIO does by itself has no request. */
export const minioOwnEntry = {
  version: '1',
  deploymentid: minioEntry.deploymentid,
  time: minioEntry.time,
  event: 'ilm:expiry',
  trigger: 'ilm:expiry',
  api: {
    name: 'ILMExpiry',
    bucket: 'invoices',
    objects: [{ objectName: '2020/old.pdf', versionId: 'v-0' }],
    rx: 0,
    tx: 0,
  },
  tags: { 'ilm-rule': 'r1' },
}

const owner = '79a5'.repeat(16)

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html */
export const awsLogLines = {
  versioning:
    `${owner} invoices [21/Nov/2026:04:44:23 +0000] 192.0.2.3 ${owner} 3E57427F3EXAMPLE ` +
    'REST.GET.VERSIONING - "GET /invoices?versioning HTTP/1.1" 200 - 113 - 7 - "-" "S3Console/0.4" - ' +
    's9lzHYrFp76Z+9/c31234= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader ' +
    'invoices.s3.us-west-1.amazonaws.com TLSV1.2 arn:aws:s3:us-west-1:111122223333:accesspoint/ap Yes us-east-1',
  put:
    `${owner} invoices [21/Nov/2026:04:44:23 +0000] 192.0.2.3 ` +
    'arn:aws:sts::111122223333:assumed-role/Uploader/build-7 DD6CC733AEXAMPLE REST.PUT.OBJECT ' +
    's3-dg%252Bguide.pdf "PUT /invoices/s3-dg%2Bguide.pdf HTTP/1.1" 200 - - 4406583 41754 28 "-" "S3Console/0.4" ' +
    '- 10S62Zv81kBW7BB6SX4XJ48o6kpcl6LPwEoizZQQxJd5qDSCTLX0TgS37kYUBKQW3+bPdrg1234= SigV4 ' +
    'ECDHE-RSA-AES128-SHA AuthHeader invoices.s3.us-west-1.amazonaws.com TLSV1.2 - Yes us-east-1',
  denied:
    `${owner} invoices [21/Nov/2026:04:44:23 +0000] 192.0.2.9 - A1206F460EXAMPLE REST.GET.BUCKETPOLICY - ` +
    '"GET /invoices?policy HTTP/1.1" 403 AccessDenied 297 - 38 - "-" "-" - BNaBsXZQQDbssi6xMBdBU2sLt+Yf5kZDmeBU ' +
    '- ECDHE-RSA-AES128-GCM-SHA256 - invoices.s3.us-west-1.amazonaws.com TLSV1.2 - -',
  expired:
    `${owner} invoices [21/Nov/2026:04:44:23 +0000] - AmazonS3 B2206F460EXAMPLE S3.EXPIRE.OBJECT old.pdf ` +
    '"-" - - - 10 - - "-" "-" - c31234= - - - - - - - -',
}

/** https://github.com/versity/versitygw/wiki/Access-Logs: nothing is quoted, and keys are not encoded. */
export const versityLogLine =
  'owner1 invoices [21/November/2026:04:44:23 +0000] 10.0.0.9 AKIAUSER REQ2 s3_GetObject a%20 key.txt ' +
  '/invoices/a%2520%20key.txt 404 NoSuchKey 0 0 3 3 - Boto3/1.40 md/Botocore#1.40 ua/2.1 - HOST2 SigV4 - ' +
  'AuthHeader s3.us-east-1.amazonaws.com - arn:aws:s3:::invoices/a%20 key.txt Yes'

/** Its webhook posts one such object a request. */
export const versityWebhook = {
  BucketOwner: 'owner1',
  Bucket: 'invoices',
  Time: '2026-11-21T04:44:23.512345678Z',
  RemoteIP: '10.0.0.9',
  Requester: 'AKIAUSER',
  RequestID: 'REQ3',
  Operation: 's3_DeleteObject',
  Key: 'a%20 key.txt',
  RequestURI: '/invoices/a%2520%20key.txt?versionId=v-1',
  HttpStatus: 204,
  ErrorCode: '',
  BytesSent: 0,
  ObjectSize: 0,
  TotalTime: 3,
  TurnAroundTime: 3,
  Referer: '',
  UserAgent: 'Boto3/1.40',
  VersionID: 'v-1',
  HostID: 'HOST3',
  SignatureVersion: 'SigV4',
  CipherSuite: '',
  AuthenticationType: 'AuthHeader',
  HostHeader: 's3.us-east-1.amazonaws.com',
  TLSVersion: '',
  AccessPointARN: 'arn:aws:s3:::invoices/a%20 key.txt',
  AclRequired: 'Yes',
}

/** https://docs.ceph.com/en/latest/radosgw/config-ref/; of a role, deleting many. */
export const rgwEntry = {
  bucket: 'invoices',
  object: '-',
  time: '2026-11-21T04:44:23.123456Z',
  time_local: '2026-11-21T05:44:23.123456+0100',
  remote_addr: '10.3.2.1',
  object_owner: 'bob',
  user: 'alice',
  operation: 'multi_object_delete',
  uri: 'POST /invoices?delete HTTP/1.1',
  http_status: '200',
  error_code: '',
  bytes_sent: 320,
  bytes_received: 190,
  object_size: 0,
  total_time: 12,
  user_agent: 'aws-cli/2',
  referrer: '',
  http_x_headers: [{ HTTP_X_AMZ_DATE: '20261121T044423Z' }],
  trans_id: 'tx000001',
  authentication_type: 'STS',
  sts_info: { role_name: 'Cleaner', role_session: 'nightly' },
  access_key_id: 'ASIA0000000000000001',
  subuser: 'alice:ops',
  temp_url: false,
  op_data: {
    num_ok: 1,
    num_err: 0,
    objects: [
      {
        key: 'old.pdf',
        version_id: '',
        http_status: 200,
        error: false,
        delete_marker: true,
        marker_version_id: 'm-1',
      },
    ],
  },
}

/** https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/ */
export const kubernetesEvent = {
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'RequestResponse',
  auditID: '6d2c1f40-1111-4222-8333-444455556666',
  stage: 'ResponseComplete',
  requestURI: '/api/v1/namespaces/shop/pods?fieldManager=kubectl',
  verb: 'create',
  user: {
    username: 'system:serviceaccount:shop:deployer',
    uid: 'u1',
    groups: ['system:serviceaccounts', 'system:authenticated'],
    extra: { 'authentication.kubernetes.io/pod-name': ['deployer-0'] },
  },
  sourceIPs: ['203.0.113.9', '10.0.0.7'],
  userAgent: 'kubectl/v1.34',
  objectRef: { resource: 'pods', namespace: 'shop', name: 'web', apiVersion: 'v1' },
  responseStatus: {
    metadata: {},
    status: 'Failure',
    message: 'pods "web" is forbidden',
    reason: 'Forbidden',
    code: 403,
  },
  requestObject: { kind: 'Pod', spec: { containers: [{ image: 'web:1' }] } },
  requestReceivedTimestamp: '2026-11-21T04:44:23.123456Z',
  stageTimestamp: '2026-11-21T04:44:24.123456Z',
  annotations: {
    'authorization.k8s.io/decision': 'forbid',
    'authorization.k8s.io/reason': 'no RBAC policy matched',
  },
}

/** https://developer.hashicorp.com/vault/docs/audit/schema, and OpenBao's the same. */
export const vaultResponse = {
  time: '2026-11-21T04:44:23.118502Z',
  type: 'response',
  auth: {
    accessor: 'hmac-sha256:a',
    client_token: 'hmac-sha256:c',
    display_name: 'userpass-alice',
    entity_id: '13a62d16-0000-4000-8000-000000000001',
    metadata: { username: 'alice' },
    policies: ['default'],
    policy_results: { allowed: true, granting_policies: [{ name: 'default', type: 'acl' }] },
    token_policies: ['default'],
    token_issue_time: '2026-11-21T04:00:00Z',
    token_ttl: 2764800,
    token_type: 'service',
  },
  request: {
    client_id: '13a62d16-0000-4000-8000-000000000001',
    client_token: 'hmac-sha256:c',
    client_token_accessor: 'hmac-sha256:a',
    id: '3b1bc07e-0000-4000-8000-000000000002',
    mount_accessor: 'kv_1',
    mount_class: 'secret',
    mount_point: 'secret/',
    mount_running_version: 'v0.16.1+builtin',
    mount_type: 'kv',
    namespace: { id: 'root', path: 'team/' },
    operation: 'create',
    path: 'secret/data/hello',
    data: { data: { foo: 'hmac-sha256:d' }, options: {} },
    headers: { 'user-agent': ['Vault/1.21'] },
    remote_address: '127.0.0.1',
    remote_port: 53046,
  },
  response: {
    data: { created_time: 'hmac-sha256:e', version: 1 },
    mount_class: 'secret',
    mount_point: 'secret/',
    mount_type: 'kv',
  },
}

/** https://opentelemetry.io/docs/specs/otlp/: a log record as JSON: names in camel case, 64 bits as text. */
export const otlpRecord = {
  timeUnixNano: '1795236263000000000',
  observedTimeUnixNano: '1795236263300000000',
  severityNumber: 10,
  severityText: 'Information',
  eventName: 'invoice.deleted',
  traceId: '5b8efff798038103d269b633813fc60c',
  spanId: 'eee19b7ec3c1b174',
  flags: 1,
  body: { stringValue: 'deleted' },
  attributes: [
    { key: 'user.id', value: { stringValue: 'alice' } },
    { key: 'client.address', value: { stringValue: '10.0.0.5' } },
    { key: 'count', value: { intValue: '10' } },
    { key: 'size', value: { intValue: 637 } },
    { key: 'ratio', value: { doubleValue: 637.704 } },
    { key: 'digest', value: { bytesValue: 'AQID' } },
    {
      key: 'array',
      value: { arrayValue: { values: [{ stringValue: 'many' }, { boolValue: true }] } },
    },
    {
      key: 'map',
      value: { kvlistValue: { values: [{ key: 'some', value: { stringValue: 'value' } }] } },
    },
  ],
}

/** The request around log records. */
export function otlpRequest(...logRecords: readonly unknown[]) {
  return {
    resourceLogs: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
        scopeLogs: [{ scope: { name: 'audit', version: '1.0.0' }, logRecords }],
      },
    ],
  }
}

/** For the kind `mapping` with `sampleMap`. */
export const mappedEvent = { at: '2026-11-21T04:44:23Z', do: 'Pay', id: 7, who: { name: 'alice' } }
export const sampleMap = {
  items: 'events',
  eventTime: 'at',
  eventName: 'do',
  eventID: 'id',
  principalId: 'who.name',
}
