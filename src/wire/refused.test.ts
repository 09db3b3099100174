// Calls that are refused, one row each: the answer in the caller's protocol, and the record.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  accessKeyId,
  cloudtrailStubs,
  ends,
  formCall,
  getUser,
  iamStubs,
  jsonCall,
  send,
  serviceOf,
  startListener,
  type TestListener,
  type TestRequest,
} from '../../test/wire-listener.ts'
import { limits } from '../limits.ts'

let listener: TestListener
beforeAll(async () => {
  const services = [serviceOf('cloudtrail', cloudtrailStubs), serviceOf('iam', iamStubs)]
  listener = await startListener({ services })
})
afterAll(() => listener.close())
beforeEach(() => {
  listener.calls.length = 0
  listener.errors.length = 0
})

type Refused = {
  why: string
  request: TestRequest
  status: number
  code: string
  says?: string
  /** What it is recorded as; left out where it is no call of ours. */
  as?: string
  /** Whether the record knows who called. */
  known?: boolean
}

const json = 'SerializationException'
const refused: Refused[] = [
  {
    why: 'an error of the operation',
    request: jsonCall('StopLogging', { Name: 'a' }),
    ...{ status: 400, code: 'TrailNotFoundException', says: 'Unknown trail: a' },
    ...{ as: 'StopLogging', known: true },
  },
  {
    why: 'our fault, without a word of it',
    request: jsonCall('ListTrails', {}),
    ...{
      status: 500,
      code: 'InternalFailure',
      says: 'The request failed because of an internal error.',
    },
    ...{ as: 'ListTrails', known: true },
  },
  {
    why: 'an operation that is not built',
    request: jsonCall('CreateTrail', { Name: 'a', S3BucketName: 'b' }),
    ...{
      status: 501,
      code: 'NotImplemented',
      says: 'CreateTrail is not built yet; docs/operations.md lists what is.',
    },
    ...{ as: 'CreateTrail', known: true },
  },
  {
    why: 'an operation that is not built, in a form',
    request: formCall('Action=CreateGroup&Version=2010-05-08&GroupName=a'),
    ...{ status: 501, code: 'NotImplemented', as: 'CreateGroup', known: true },
  },
  {
    why: 'a missing member',
    request: jsonCall('GetTrail', { Name: null }),
    ...{ status: 400, code: 'ValidationException', as: 'GetTrail', known: true },
    says: "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null",
  },
  {
    why: 'a missing member in a form',
    request: formCall('Action=DeleteUser&Version=2010-05-08'),
    ...{ status: 400, code: 'ValidationError', as: 'DeleteUser', known: true },
    says: "1 validation error detected: Value null at 'userName' failed to satisfy constraint: Member must not be null",
  },
  {
    why: 'a member of the wrong type',
    request: jsonCall('GetTrail', { Name: 1 }),
    ...{ status: 400, code: json, says: 'NUMBER_VALUE can not be converted to a String' },
    ...{ as: 'GetTrail', known: true },
  },
  {
    why: 'an object for a list',
    request: jsonCall('LookupEvents', { LookupAttributes: {} }),
    ...{ status: 400, code: json, says: 'Start of structure or map found where not expected.' },
    ...{ as: 'LookupEvents', known: true },
  },
  {
    why: 'a time that is none',
    request: jsonCall('LookupEvents', { StartTime: 1e300 }),
    ...{ status: 400, code: json, as: 'LookupEvents', known: true },
  },
  {
    why: 'what is no JSON',
    request: jsonCall('GetTrail', '{"Name":'),
    ...{ status: 400, code: json, says: 'The request body is not valid JSON.' },
    ...{ as: 'GetTrail', known: true },
  },
  {
    why: 'JSON that is no object',
    request: jsonCall('GetTrail', '[]'),
    ...{ status: 400, code: json, as: 'GetTrail', known: true },
  },
  {
    why: 'JSON nested a million times',
    request: jsonCall('GetTrail', `{"Name":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`),
    ...{ status: 400, code: json, as: 'GetTrail', known: true },
  },
  {
    why: 'bytes that are no UTF-8',
    request: jsonCall('GetTrail', Buffer.from('{"Name":"\xff"}', 'latin1')),
    ...{ status: 400, code: json, says: 'The request body is not valid UTF-8.' },
    ...{ as: 'GetTrail', known: true },
  },
  {
    why: 'a form with too many parameters',
    request: formCall(`${getUser}${'&a=b'.repeat(limits.formParametersMax)}`),
    ...{ status: 400, code: 'MalformedInput', as: 'GetUser', known: true },
  },
  {
    why: 'a form nested too deep',
    request: formCall(`${getUser}&${'a.'.repeat(limits.nestingMax)}a=b`),
    ...{ status: 400, code: 'MalformedInput', as: 'GetUser', known: true },
  },
  {
    why: 'a form with a bad escape',
    request: formCall(`${getUser}&a=%ff`),
    ...{ status: 400, code: 'MalformedInput', as: 'GetUser', known: true },
  },
  {
    why: 'an unknown key',
    request: jsonCall('GetTrail', { Name: 'a' }, { accessKeyId: 'AKIAUNKNOWN' }),
    ...{ status: 400, code: 'UnrecognizedClientException', as: 'GetTrail' },
    says: 'The security token included in the request is invalid.',
  },
  {
    why: 'an unknown key in a form',
    request: formCall(getUser, { accessKeyId: 'AKIAUNKNOWN' }),
    ...{ status: 403, code: 'InvalidClientTokenId', as: 'GetUser' },
  },
  {
    why: 'a wrong secret',
    request: jsonCall('GetTrail', { Name: 'a' }, { secret: 'wrong' }),
    ...{ status: 400, code: 'InvalidSignatureException', as: 'GetTrail' },
  },
  {
    why: 'a wrong secret in a form',
    request: formCall(getUser, { secret: 'wrong' }),
    ...{ status: 403, code: 'SignatureDoesNotMatch', as: 'GetUser' },
  },
  {
    why: 'a Region that is not ours',
    request: jsonCall('GetTrail', { Name: 'a' }, { region: 'mars-north-1' }),
    ...{ status: 400, code: 'InvalidSignatureException', as: 'GetTrail' },
    says: "Credential should be scoped to a valid region, not 'mars-north-1'.",
  },
  {
    why: 'a target that the scope contradicts',
    request: jsonCall('GetTrail', { Name: 'a' }, { service: 'iam' }),
    ...{ status: 400, code: 'InvalidSignatureException', as: 'GetTrail' },
    says: "Credential should be scoped to correct service: 'cloudtrail'.",
  },
  {
    why: 'no signature',
    request: jsonCall('GetTrail', { Name: 'a' }, { service: undefined }),
    ...{ status: 400, code: 'MissingAuthenticationTokenException', as: 'GetTrail' },
  },
  {
    why: 'no signature in a form',
    request: formCall(getUser, { service: undefined }),
    ...{ status: 403, code: 'MissingAuthenticationToken', as: 'GetUser' },
  },
  {
    why: 'half a signature',
    request: jsonCall(
      'GetTrail',
      {},
      {
        service: undefined,
        headers: { authorization: 'AWS4-HMAC-SHA256 Credential=a' },
      },
    ),
    ...{ status: 400, code: 'IncompleteSignatureException', as: 'GetTrail' },
  },
  {
    why: 'a body over the limit',
    request: jsonCall('GetTrail', Buffer.alloc(limits.bodyBytesMax + 1)),
    ...{ status: 413, code: 'RequestEntityTooLargeException', as: 'GetTrail' },
  },
  {
    why: 'a form over the limit',
    request: formCall(`${getUser}&a=${'b'.repeat(limits.formBytesMax)}`),
    ...{ status: 413, code: 'RequestEntityTooLarge', as: 'GetUser' },
  },
  {
    why: 'another version of the API',
    request: formCall('Action=GetUser&Version=2009-05-08'),
    ...{ status: 400, code: 'InvalidAction', as: 'GetUser', known: true },
    says: 'Could not find operation GetUser for version 2009-05-08',
  },
  {
    why: 'an operation that does not exist',
    request: jsonCall('EatTrail', {}),
    ...{
      status: 400,
      code: 'UnknownOperationException',
      says: 'Could not find operation EatTrail',
    },
  },
  {
    why: 'an action that does not exist',
    request: formCall('Action=EatUser&Version=2010-05-08'),
    ...{ status: 400, code: 'InvalidAction' },
    says: 'Could not find operation EatUser for version 2010-05-08',
  },
  {
    why: 'a name of Object',
    request: jsonCall('constructor', {}),
    ...{ status: 400, code: 'UnknownOperationException' },
  },
  {
    why: 'an action named __proto__',
    request: formCall('Action=__proto__&Version=2010-05-08'),
    ...{ status: 400, code: 'InvalidAction' },
  },
  {
    why: 'a form without an action',
    request: formCall('UserName=bob'),
    ...{ status: 400, code: 'InvalidAction', says: 'The request names no operation' },
  },
  {
    why: 'a target that is got',
    request: jsonCall('GetTrail', '', { method: 'GET' }),
    ...{ status: 400, code: 'UnknownOperationException' },
  },
  {
    why: 'a service that is not here',
    request: { service: 'ec2' },
    ...{
      status: 404,
      code: 'UnknownOperationException',
      says: "The service 'ec2' is not built here.",
    },
  },
  {
    why: 'a form for a service that is not here',
    request: formCall('Action=RunInstances&Version=2016-11-15', { service: 'ec2' }),
    ...{ status: 400, code: 'InvalidAction' },
  },
  {
    why: 'a browser that looks for a picture',
    request: { method: 'GET', path: '/favicon.ico' },
    ...{ status: 404, code: 'UnknownOperationException' },
  },
  {
    why: 'OPTIONS',
    request: { method: 'OPTIONS' },
    ...{ status: 404, code: 'UnknownOperationException' },
  },
]

describe('is refused', () => {
  test.each(refused)('$why', async ({ request, status, code, says, as, known = false }) => {
    const { url, calls } = listener
    const answer = await send(url, request)
    const text = await answer.text()
    const isXml = text.startsWith('<')
    const found = isXml
      ? {
          code: /<Code>(.*)<\/Code>/.exec(text)?.[1],
          message: /<Message>(.*)<\/Message>/.exec(text)?.[1],
        }
      : { code: JSON.parse(text).__type, message: JSON.parse(text).message }
    expect({ ...found, status: answer.status }).toEqual({
      code,
      message: says?.replaceAll("'", isXml ? '&apos;' : "'") ?? expect.any(String),
      status,
    })
    expect(answer.headers.get('x-amzn-requestid')).toMatch(/^[\da-f-]{36}$/)
    if (!isXml) expect(answer.headers.get('x-amzn-errortype')).toBe(code)
    if (as === undefined) {
      expect(calls).toEqual([])
      return
    }
    expect(ends(calls)).toEqual([[as, code]])
    if (says !== undefined) expect(calls[0]!.error!.message).toBe(says)
    expect(calls[0]!.principal?.accessKeyId).toBe(known ? accessKeyId : undefined)
    if (!known) expect(calls[0]).toMatchObject({ input: undefined, accountId: '000000000000' })
    expect(calls[0]!.claimedAccessKeyId).toBe(
      known || !request.service ? undefined : (request.accessKeyId ?? accessKeyId),
    )
  })

  test('HEAD, without a body', async () => {
    const { url } = listener
    const answer = await send(url, { method: 'HEAD' })
    expect([answer.status, await answer.text()]).toEqual([404, ''])
  })

  test('our fault is logged in full', async () => {
    const { url, errors } = listener
    await send(url, jsonCall('ListTrails', {}))
    expect(errors).toEqual([new Error('what is inside stays inside')])
  })
})
