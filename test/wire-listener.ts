// The listener with stub operations, in this process: what arrives is kept, and the test says what is answered.

import { systemClock } from '../src/clock.ts'
import { ApiError } from '../src/errors.ts'
import { loadModel, type ModelName } from '../src/gen/load.ts'
import { systemIds } from '../src/ids.ts'
import { limits } from '../src/limits.ts'
import type { ApiCall, Operation, Principal, Service } from '../src/operation.ts'
import { createListener, type ListenerSettings } from '../src/wire/listener.ts'
import { signRequest } from '../src/wire/sigv4/sign.ts'
import { MemoryState } from './memory-state.ts'

export const accessKeyId = 'AKIDEXAMPLE'
export const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
export const root: Principal = {
  type: 'Root',
  accountId: '000000000000',
  arn: 'arn:aws:iam::000000000000:root',
  principalId: '000000000000',
  accessKeyId,
}

export const eventSources: Readonly<Record<ModelName, string>> = {
  cloudtrail: 'cloudtrail.amazonaws.com',
  'cloudtrail-data': 'cloudtrail-data.amazonaws.com',
  iam: 'iam.amazonaws.com',
  s3: 's3.amazonaws.com',
  sts: 'sts.amazonaws.com',
}

/** A service of which these operations are built. */
export function serviceOf(name: ModelName, operations: Record<string, Operation>): Service {
  return { model: loadModel(name), eventSource: eventSources[name], operations, services: {} }
}

/** Answers with the output, or what the function makes of the input. */
export function stub(
  output: object | ((input: any) => unknown) = {},
  more: Partial<Operation> = {},
): Operation {
  const run = async (input: unknown) => (typeof output === 'function' ? output(input) : output)
  return { access: 'read', run, ...more } as Operation
}

export type TestListener = Readonly<{
  url: string
  /** Every call that was recorded, in order. */
  calls: ApiCall[]
  /** What was logged as our fault. */
  errors: unknown[]
  close(): Promise<void>
}>

/** Listens on a free port; `settings` replace what a test is about. */
export async function startListener(settings: Partial<ListenerSettings>): Promise<TestListener> {
  const calls: ApiCall[] = []
  const errors: unknown[] = []
  const state = new MemoryState()
  const listener = createListener({
    services: [],
    routes: {},
    regions: ['us-east-1', 'eu-west-1'],
    region: 'us-east-1',
    auth: 'sigv4',
    bucketSuffixes: ['localhost'],
    rootPrincipal: { ...root, accessKeyId: 'anonymous' },
    findCredential: (id) =>
      id === accessKeyId ? { secret, active: true, principal: root } : undefined,
    authorize: () => undefined,
    begin: () => state.begin(),
    complete: async (call) => {
      calls.push(call)
    },
    ready: async () => undefined,
    clock: systemClock,
    ids: systemIds,
    limits,
    log: {
      info: () => undefined,
      warn: () => undefined,
      error: (_, error) => errors.push(error),
    },
    ...settings,
  })
  const { port } = await listener.listen('127.0.0.1', 0)
  const scheme = settings.tls ? 'https' : 'http'
  return { url: `${scheme}://127.0.0.1:${port}`, calls, errors, close: () => listener.close() }
}

export type TestRequest = Readonly<{
  method?: string
  path?: string
  headers?: Record<string, string>
  body?: string | Buffer
  /** Left out: the request is not signed. */
  service?: string
  region?: string
  accessKeyId?: string
  secret?: string
}>

/** One request, signed when it has a service. */
export async function send(url: string, request: TestRequest): Promise<Response> {
  const { method = 'POST', path = '/', headers = {}, body = '', service } = request
  const target = new URL(path, url)
  const signed = service && {
    ...{ method, url: target, headers, body, service, now: Date.now() },
    ...{ region: request.region ?? 'us-east-1', accessKeyId: request.accessKeyId ?? accessKeyId },
    secret: request.secret ?? secret,
  }
  const { host: _, ...sent } = signed ? signRequest(signed) : { ...headers, host: '' }
  const hasBody = method !== 'GET' && method !== 'HEAD'
  return fetch(target, { method, headers: sent, body: hasBody ? body : undefined })
}

/** An awsJson call of CloudTrail. */
export function jsonCall(operation: string, input: unknown, more: TestRequest = {}): TestRequest {
  return {
    service: 'cloudtrail',
    body: typeof input === 'string' || Buffer.isBuffer(input) ? input : JSON.stringify(input),
    ...more,
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `CloudTrail_20131101.${operation}`,
      ...more.headers,
    },
  }
}

/** An awsQuery call, of IAM unless it says else. */
export function formCall(body: string | Buffer, more: TestRequest = {}): TestRequest {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', ...more.headers }
  return { service: 'iam', body, ...more, headers }
}

/** Refused, as an operation refuses. */
export function refusing(code: string, message = 'No.'): Operation {
  return stub(() => {
    throw new ApiError(code, message)
  })
}

/** Operations of CloudTrail that end in each way. */
export const cloudtrailStubs: Record<string, Operation> = {
  GetTrail: stub({ Trail: { Name: 'a' } }),
  StartLogging: stub({}, { access: 'write', recorded: () => [{ ARN: 'arn:a' }] }),
  StopLogging: refusing('TrailNotFoundException', 'Unknown trail: a'),
  ListTrails: stub(() => {
    throw new Error('what is inside stays inside')
  }),
  LookupEvents: stub({}, { ownChecks: ['MaxResults'] }),
}
/** And of IAM. */
export const iamStubs: Record<string, Operation> = {
  GetUser: stub({ User: { UserName: 'bob' } }),
  DeleteUser: refusing('NoSuchEntity', 'The user with name bob cannot be found.'),
}

/** An awsQuery call that succeeds. */
export const getUser = 'Action=GetUser&Version=2010-05-08&UserName=bob'

/** How each recorded call ended. */
export function ends(calls: readonly ApiCall[]): Array<[operation: string, code?: string]> {
  return calls.map(({ operation, error }) => (error ? [operation, error.code] : [operation]))
}
