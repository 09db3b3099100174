import { describe, expect, test } from 'vitest'
import { atOnce } from '../../../test/at-once.ts'
import type { Adapter, FeedContext } from './adapter.ts'
import { minio } from './minio.ts'
import { rgw } from './rgw.ts'
import { s3AccessLog } from './s3-access-log.ts'

const context: FeedContext = {
  feed: 'store',
  accountId: '111122223333',
  region: 'eu-west-1',
  eventSource: 's3.amazonaws.com',
  isWhole: true,
  itemBytesMax: 100_000,
  itemsMax: 1_000,
}

function read(adapter: Adapter, bytes: string, isWhole = true) {
  const { records, refused, used } = atOnce(adapter(Buffer.from(bytes), { ...context, isWhole }))
  const refusals = refused.map(({ index, reason }) => ({ index, reason }))
  return { records: records.map((one) => JSON.parse(one.toString())), refused: refusals, used }
}

const entry = {
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
    timeToResponse: '2100000ns',
  },
  remotehost: '10.1.2.3',
  requestID: '17F0A1B2C3D4E5F6',
  userAgent: 'MinIO (linux; amd64) minio-go/v7.0.80',
  requestPath: '/invoices/2026/a b.pdf',
  requestHost: 'minio.example.internal:9000',
  requestQuery: { 'X-Amz-Signature': 'feedbeef', partNumber: '1' },
  requestHeader: { Authorization: 'AWS4-HMAC-SHA256 Credential=…', 'X-Amz-Acl': 'private' },
  responseHeader: { 'X-Amz-Version-Id': 'v-1', 'X-Amz-Id-2': 'host-1' },
  accessKey: 'SVCACCOUNT1',
  parentUser: 'alice',
}

describe('MinIO', () => {
  test('a request is the record that CloudTrail has of it', () => {
    const { records, refused } = read(minio, JSON.stringify(entry))
    expect(refused).toEqual([])
    expect(records).toEqual([
      expect.objectContaining({
        eventSource: 's3.amazonaws.com',
        eventName: 'PutObject',
        eventTime: '2026-11-21T04:44:23Z',
        awsRegion: 'eu-west-1',
        sourceIPAddress: '10.1.2.3',
        userIdentity: expect.objectContaining({
          type: 'IAMUser',
          userName: 'alice',
          accessKeyId: 'SVCACCOUNT1',
        }),
        requestParameters: {
          bucketName: 'invoices',
          Host: 'minio.example.internal:9000',
          partNumber: '1',
          'x-amz-acl': 'private',
          key: '2026/a b.pdf',
        },
        responseElements: { 'x-amz-version-id': 'v-1' },
        requestID: '17F0A1B2C3D4E5F6',
        readOnly: false,
        eventCategory: 'Data',
        managementEvent: false,
        resources: [
          { type: 'AWS::S3::Object', ARN: 'arn:aws:s3:::invoices/2026/a b.pdf' },
          { accountId: '111122223333', type: 'AWS::S3::Bucket', ARN: 'arn:aws:s3:::invoices' },
        ],
      }),
    ])
    expect(JSON.stringify(records)).not.toContain('feedbeef')
  })

  test('a batch is one entry after the other, and a malformed one harms no other', () => {
    const other = { ...entry, requestID: 'B', api: { ...entry.api, name: 'PutBucket' } }
    const batch = `${JSON.stringify(entry)}\n{"api":\n${JSON.stringify({ ...entry, time: 'soon' })}\n[]\n${JSON.stringify(other)}\n`
    const { records, refused } = read(minio, batch)
    expect(records.map((one) => one.eventName)).toEqual(['PutObject', 'CreateBucket'])
    expect(refused).toEqual([
      { index: 1, reason: 'not JSON' },
      { index: 2, reason: 'no time that can be read' },
    ])
  })

  test('calls of its own API, and what nobody asked for, are activities', () => {
    const admin = {
      ...entry,
      requestPath: '/minio/admin/v3/add-user',
      api: { name: 'AddUser', statusCode: 403 },
    }
    const { records } = read(minio, JSON.stringify(admin))
    expect(records[0]).toMatchObject({
      eventCategory: 'ActivityAuditLog',
      eventData: { eventName: 'AddUser', eventSource: 'minio.internal', errorCode: 'AccessDenied' },
    })
    expect(JSON.stringify(records)).not.toContain('Credential=')
  })

  test('STS, refusals and requests that nobody signed', () => {
    const changes = [
      { api: { name: 'AssumeRole', statusCode: 200 } },
      {
        api: { name: 'GetObject', bucket: 'b', object: 'k', statusCode: 404, status: 'Not Found' },
      },
      { accessKey: undefined, parentUser: undefined },
    ]
    const { records } = read(minio, JSON.stringify(changes.map((one) => ({ ...entry, ...one }))))
    expect(records[0]).toMatchObject({ eventSource: 'sts.amazonaws.com', eventName: 'AssumeRole' })
    expect(records[1]).toMatchObject({
      errorCode: 'NotFound',
      responseElements: null,
      readOnly: true,
    })
    expect(records[2].userIdentity).toMatchObject({ accountId: 'ANONYMOUS_PRINCIPAL' })
  })
})

const awsLine =
  '79a5canonical invoices [21/Nov/2026:04:44:23 +0000] 192.0.2.3 arn:aws:iam::111122223333:user/team/bob ' +
  'REQ1 REST.PUT.OBJECT 2026/a%2520b.pdf "PUT /invoices/2026/a%20b.pdf?x-id=PutObject HTTP/1.1" 200 - - 4406 41 28 ' +
  '"https://app.example/?token=s" "curl/8 (says "hi")" v-1 hostid= SigV4 TLS_AES_128_GCM_SHA256 AuthHeader ' +
  'invoices.s3.eu-west-1.amazonaws.com TLSv1.3 - -'
const versityLine =
  'owner1 invoices [21/November/2026:04:44:23 +0000] 10.0.0.9 AKIAUSER REQ2 s3_GetObject a key.txt /invoices/a%20key.txt 404 NoSuchKey 0 0 3 3 ' +
  '- Boto3/1.40 md/Botocore#1.40 ua/2.1 - - SigV4 - AuthHeader s3.us-east-1.amazonaws.com - arn:aws:s3:::invoices/a%20key.txt Yes'

describe('the server access log', () => {
  test('of AWS', () => {
    const { records, refused } = read(s3AccessLog, `${awsLine}\n`)
    expect(refused).toEqual([])
    expect(records[0]).toMatchObject({
      eventName: 'PutObject',
      eventTime: '2026-11-21T04:44:23Z',
      userAgent: '[curl/8 (says "hi")]',
      userIdentity: { type: 'IAMUser', userName: 'bob', accountId: '111122223333' },
      requestParameters: { bucketName: 'invoices', key: '2026/a b.pdf', 'x-id': 'PutObject' },
      additionalEventData: {
        SignatureVersion: 'SigV4',
        objectSize: 4406,
        operation: 'REST.PUT.OBJECT',
      },
      tlsDetails: { tlsVersion: 'TLSv1.3', cipherSuite: 'TLS_AES_128_GCM_SHA256' },
      eventCategory: 'Data',
    })
    expect(records[0].additionalEventData).not.toHaveProperty('bytesTransferredIn')
    expect(JSON.stringify(records)).not.toContain('token=s')
  })

  test('of versitygw, which quotes nothing', () => {
    const text = `log starts 2026-11-21 04:00:00\n${versityLine}\nhello\n${versityLine.replace('404', 'abc')}\n`
    const { records, refused } = read(s3AccessLog, text)
    expect(records).toHaveLength(1)
    expect(records[0]).toMatchObject({
      eventName: 'GetObject',
      errorCode: 'NoSuchKey',
      userAgent: '[Boto3/1.40 md/Botocore#1.40 ua/2.1]',
      sourceIPAddress: '10.0.0.9',
      requestParameters: { key: 'a key.txt', Host: 's3.us-east-1.amazonaws.com' },
      userIdentity: { userName: 'AKIAUSER', accessKeyId: 'AKIAUSER' },
    })
    expect(refused).toEqual([
      { index: 2, reason: 'not a line of an access log' },
      { index: 3, reason: 'not a line of an access log' },
    ])
  })

  test("of versitygw's webhook", () => {
    const sent = {
      Time: '2026-11-21T04:44:23.5Z',
      Bucket: 'b',
      Key: '',
      Operation: 's3_CreateBucket',
      Requester: 'root',
      RemoteIP: '10.0.0.9',
      HttpStatus: 200,
      RequestID: 'R',
      BytesSent: 0,
    }
    const { records } = read(s3AccessLog, JSON.stringify(sent))
    expect(records[0]).toMatchObject({ eventName: 'CreateBucket', eventCategory: 'Management' })
  })

  test.each([
    { logged: 'REST.GET.ACL', hasKey: true, name: 'GetObjectAcl' },
    { logged: 'REST.GET.ACL', hasKey: false, name: 'GetBucketAcl' },
    { logged: 'REST.GET.BUCKET', hasKey: false, name: 'ListObjects' },
    { logged: 'REST.PUT.LIFECYCLE', hasKey: false, name: 'PutBucketLifecycle' },
    { logged: 'REST.GET.NEW_THING', hasKey: false, name: 'GetNewThing' },
    { logged: 'S3.EXPIRE.OBJECT', hasKey: true, name: 'ExpireObject' },
  ])('$logged is $name', ({ logged, hasKey, name }) => {
    const line = awsLine
      .replace('REST.PUT.OBJECT', logged)
      .replace('2026/a%2520b.pdf', hasKey ? 'k' : '-')
    expect(read(s3AccessLog, line).records[0].eventName).toBe(name)
  })
})

const op = {
  bucket: 'invoices',
  time: '2026-11-21T04:44:23.123456Z',
  time_local: '2026-11-21T04:44:23.123456+0000',
  remote_addr: '10.3.2.1',
  user: 'alice',
  operation: 'put_obj',
  object: 'k',
  uri: 'PUT /invoices/k?acl HTTP/1.1',
  http_status: '200',
  error_code: '',
  bytes_sent: 0,
  bytes_received: 11,
  object_size: 11,
  total_time: 3,
  user_agent: 'aws-cli/2',
  referrer: '',
  trans_id: 'tx000001',
  http_x_headers: [{ HTTP_X_AMZ_ACL: 'private' }],
}

describe("Ceph's ops log", () => {
  test('comes as a list without end, and each object counts once it is whole', () => {
    const other = {
      ...op,
      operation: 'get_acls',
      object: '-',
      trans_id: 'tx2',
      error_code: 'AccessDenied',
    }
    const stream = `[${JSON.stringify(op)},\n${JSON.stringify(other)},\n{"bucket":"inv`
    const { records, refused, used } = read(rgw, stream, false)
    expect(refused).toEqual([])
    expect(used).toBe(stream.indexOf('{"bucket":"inv', stream.length - 20))
    expect(records[0]).toMatchObject({
      eventName: 'PutObject',
      requestParameters: { key: 'k', acl: '', 'x-amz-acl': 'private' },
      userIdentity: { userName: 'alice' },
      requestID: 'tx000001',
    })
    expect(records[1]).toMatchObject({ eventName: 'GetBucketAcl', errorCode: 'AccessDenied' })
    expect(read(rgw, `[${JSON.stringify(op)}`, false).records).toHaveLength(1)
  })
})

test.each([
  { of: minio, text: JSON.stringify(entry) },
  { of: s3AccessLog, text: awsLine },
  { of: rgw, text: JSON.stringify(op) },
])('what comes again has the same bytes, and another feed has other ids', ({ of, text }) => {
  const [first] = atOnce(of(Buffer.from(text), context)).records
  expect(atOnce(of(Buffer.from(` ${text}\n`), context)).records[0]!.equals(first!)).toBe(true)
  const [other] = atOnce(of(Buffer.from(text), { ...context, feed: 'other' })).records
  const id = (bytes: Buffer) => JSON.parse(bytes.toString()).eventID
  expect(id(other!)).not.toBe(id(first!))
  expect(id(first!)).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  )
})

test('of a body that has too many nothing is taken; of a stream the rest comes later', () => {
  const few = { ...context, itemsMax: 2 }
  const [one, three] = [1, 3].map((times) => Buffer.from(`${JSON.stringify(op)}\n`.repeat(times)))
  const threeLines = Buffer.from(`${awsLine}\n`.repeat(3))
  const tooMany = 'more than 2 items'
  expect(() => atOnce(rgw(three!, few))).toThrow(tooMany)
  expect(() => atOnce(s3AccessLog(threeLines, few))).toThrow(tooMany)
  const { records, used } = atOnce(rgw(three!, { ...few, isWhole: false }))
  expect([records.length, used]).toEqual([2, 2 * one!.length])
})

test.each([
  { what: 'no JSON', member: '{"a":}', reason: 'not JSON' },
  {
    what: 'too large',
    member: `{"a":"${'x'.repeat(200_000)}"}`,
    reason: 'larger than a record may be',
  },
  { what: 'no object', member: '5', reason: 'not a JSON object' },
  { what: 'not UTF-8', member: '{"a":"\xff"}', reason: 'not UTF-8' },
])('a member of a list that is $what harms no other', ({ member, reason }) => {
  const [first, last] = ['a', 'b'].map((id) => JSON.stringify({ ...op, trans_id: id }))
  const list = Buffer.from(`[${first}, ${member},\n${last}]\n`, 'latin1')
  const { records, refused } = atOnce(rgw(list, context))
  expect(records).toHaveLength(2)
  expect(refused).toMatchObject([{ index: 1, reason }])
})

test('a body of nothing but brackets is not read at all', () => {
  const [opened, closed] = ['[', ']'].map((bracket) => bracket.repeat(100_000))
  const deep = Buffer.from(`{"a":${opened}${closed}}`)
  const { records, refused } = atOnce(rgw(deep, context))
  expect(records).toEqual([])
  expect(refused).toMatchObject([{ index: 0, reason: 'larger than a record may be' }])
})

test.each(['constructor', '__proto__', 'toString'])(
  'an operation called %s keeps its name',
  (name) => {
    const named = JSON.stringify({ ...entry, api: { ...entry.api, name } })
    expect(read(minio, named).records[0].eventName).toBe(name)
    expect(read(rgw, JSON.stringify({ ...op, operation: name })).records[0].eventName).toBe(name)
    const line = awsLine.replace('REST.PUT.OBJECT', `REST.GET.${name}`)
    expect(read(s3AccessLog, line).records[0].eventName).toMatch(/^Get/)
  },
)
