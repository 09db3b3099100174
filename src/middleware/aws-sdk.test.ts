import { Readable } from 'node:stream'
import { CreateLoginProfileCommand, IAMClient, ListUsersCommand } from '@aws-sdk/client-iam'
import { GetObjectCommand, PutObjectCommand, S3, S3Client } from '@aws-sdk/client-s3'
import { HttpResponse } from '@smithy/core/transport'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MiddlewareWorld } from '../../test/middleware-world.ts'
import { type Audit, auditClient } from './exports.ts'

let world: MiddlewareWorld
let audit: Audit
/** Answers of the service, one an attempt. */
let answers: Array<{ status: number; body: string }>
let requests: number
beforeEach(() => {
  world = new MiddlewareWorld()
  audit = world.audit()
  requests = 0
})
afterEach(() => audit.close())

const common = {
  region: 'eu-central-1',
  credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 's' },
  retryStrategy: undefined,
  requestHandler: {
    handle: async () => {
      const { status, body } = answers[requests++]!
      const headers = { 'content-type': 'text/xml', 'x-amz-request-id': 'aws-1' }
      const response = new HttpResponse({
        statusCode: status,
        headers,
        body: Readable.from([body]),
      })
      return { response }
    },
  },
}
async function recorded(): Promise<any[]> {
  await audit.flush()
  return world.data()
}

test('a call that changes something, with its Region, parameters and result, without secrets', async () => {
  answers = [
    {
      status: 200,
      body:
        '<CreateLoginProfileResponse><CreateLoginProfileResult>' +
        '<LoginProfile><UserName>ann</UserName></LoginProfile></CreateLoginProfileResult>' +
        '<ResponseMetadata><RequestId>aws-1</RequestId></ResponseMetadata></CreateLoginProfileResponse>',
    },
  ]
  const client = new IAMClient(common)
  auditClient(client, audit, { user: () => ({ id: 'ann' }) })
  await client.send(new CreateLoginProfileCommand({ UserName: 'ann', Password: 'hunter2' }))
  const [data] = await recorded()
  expect(data).toMatchObject({
    eventName: 'CreateLoginProfile',
    eventSource: 'iam.amazonaws.com',
    userIdentity: { principalId: 'ann' },
    requestParameters: { UserName: 'ann', Password: expect.stringMatching(/HIDDEN|Sensitive/) },
    responseElements: { LoginProfile: { UserName: 'ann' } },
    additionalEventData: {
      capturedBy: 'sdk-middleware',
      clientName: 'IAMClient',
      awsRequestId: 'aws-1',
      statusCode: 200,
      attempts: 1,
    },
  })
  expect(JSON.stringify([...world.taken.values()])).not.toContain('hunter2')
  expect([...world.taken.values()]).toMatchObject([{ awsRegion: 'eu-central-1', readOnly: false }])
})

test('retries are one event, with how many there were', async () => {
  answers = [
    { status: 503, body: '<Error><Code>SlowDown</Code></Error>' },
    { status: 200, body: '<ListUsersResponse><ListUsersResult/></ListUsersResponse>' },
  ]
  const client = new IAMClient({ ...common, maxAttempts: 2 })
  auditClient(client, audit, { params: ['MaxItems'] })
  await client.send(new ListUsersCommand({ MaxItems: 3, Marker: 'm' }))
  expect(await recorded()).toMatchObject([
    { requestParameters: { MaxItems: 3 }, additionalEventData: { attempts: 2 } },
  ])
  expect(world.data()[0]).not.toHaveProperty('responseElements')
})

test("a failure has the service's code, and the caller has its error", async () => {
  answers = [{ status: 404, body: '<Error><Code>NoSuchKey</Code><Message>none</Message></Error>' }]
  const client = new S3({ ...common, logger: undefined })
  auditClient(client, audit)
  await expect(client.getObject({ Bucket: 'b', Key: 'k' })).rejects.toThrow('none')
  expect(await recorded()).toMatchObject([
    { eventName: 'GetObject', eventSource: 's3.amazonaws.com', errorCode: 'NoSuchKey' },
  ])
})

test('contents stay out, and pass untouched', async () => {
  answers = [
    { status: 200, body: '' },
    { status: 200, body: 'what lies there' },
  ]
  const client = new S3Client(common)
  auditClient(client, audit, {
    user: () => {
      throw new Error('nobody')
    },
  })
  const key = { SSECustomerKey: 'key-of-32-bytes', SSECustomerAlgorithm: 'AES256' }
  await client.send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: 'what is put', ...key }))
  const got = await client.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }))
  expect(await got.Body!.transformToString()).toBe('what lies there')
  expect(await recorded()).toMatchObject([
    { eventName: 'PutObject', requestParameters: { Bucket: 'b', Key: 'k' } },
    { eventName: 'GetObject', additionalEventData: { callbackError: 'Error: nobody' } },
  ])
  expect(JSON.stringify(world.data())).not.toMatch(/what is put|what lies|key-of-32/)
})

test('presigning is no call: the address is made, nothing is recorded', async () => {
  const client = new S3Client(common)
  auditClient(client, audit)
  // As @aws-sdk/s3-request-presigner does: a copy of the stack ends early with an answer of its own.
  const stack = client.middlewareStack.clone()
  const presigned = { query: { 'X-Amz-Signature': 'secret' } }
  const answer = { response: {}, output: { $metadata: { httpStatusCode: 200 }, presigned } }
  stack.add(() => async () => answer as any, { step: 'build', name: 'presign', priority: 'low' })
  const command = new GetObjectCommand({ Bucket: 'b', Key: 'k' })
  const handler = command.resolveMiddleware(stack, client.config, {})
  expect(await handler({ input: command.input } as any)).toEqual(answer)
  expect(await recorded()).toEqual([])
})
