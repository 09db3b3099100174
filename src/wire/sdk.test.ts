// AWS's own JavaScript clients against the listener: what they send at random arrives as they meant it,
// and what is answered at random is what they read.
import * as cloudtrail from '@aws-sdk/client-cloudtrail'
import * as iam from '@aws-sdk/client-iam'
import * as sts from '@aws-sdk/client-sts'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { valuesOf } from '../../test/shape-values.ts'
import {
  accessKeyId,
  refusing,
  secret,
  serviceOf,
  startListener,
  stub,
  type TestListener,
} from '../../test/wire-listener.ts'
import { loadModel, type ModelName } from '../gen/load.ts'
import type { Operation, Service } from '../operation.ts'

let arrived: unknown
let answered: Record<string, unknown> = {}

/** Every operation of a model, each one keeping what came and answering what it is told to. */
function echo(name: ModelName): Service {
  const { operations, shapes } = loadModel(name)
  const stubs = Object.entries(operations).map(([operation, { input }]) => {
    const run = (given: unknown) => {
      arrived = given
      return answered
    }
    const shape = input === undefined ? undefined : shapes[input]
    const ownChecks = shape?.type === 'structure' ? Object.keys(shape.members) : []
    return [operation, stub(run, { ownChecks })] as const
  })
  const refused: Record<string, Operation> = {
    cloudtrail: refusing('TrailNotFoundException', 'Unknown trail: <a>'),
    iam: refusing('NoSuchEntity', 'No user <a> & "b".'),
    sts: refusing('MalformedPolicyDocument', 'No.'),
  }
  const failing = { cloudtrail: 'GetTrail', iam: 'GetUser', sts: 'GetFederationToken' } as const
  return serviceOf(name, {
    ...Object.fromEntries(stubs),
    [failing[name as keyof typeof failing]]: refused[name]!,
  })
}

let listener: TestListener
const clients: Record<string, { send(command: any): Promise<any>; destroy(): void }> = {}
beforeAll(async () => {
  listener = await startListener({ services: [echo('cloudtrail'), echo('iam'), echo('sts')] })
  const settings = {
    endpoint: listener.url,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: secret },
    maxAttempts: 1,
  }
  clients['cloudtrail'] = new cloudtrail.CloudTrailClient(settings)
  clients['iam'] = new iam.IAMClient(settings)
  clients['sts'] = new sts.STSClient(settings)
})
afterAll(async () => {
  for (const client of Object.values(clients)) client.destroy()
  await listener.close()
})

const sdks: Record<string, Record<string, any>> = { cloudtrail, iam, sts }
/** Assuming a role with a token is the only kind of call that clients do not sign. */
const unsigned = /With(SAML|WebIdentity)$/

/** Without what is absent, which clients leave out or set to undefined as they please. */
function present(value: unknown): unknown {
  if (value instanceof Date || Buffer.isBuffer(value)) return value
  if (value instanceof Uint8Array) return Buffer.from(value)
  if (Array.isArray(value)) return value.map(present)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  return Object.fromEntries(entries.map(([key, one]) => [key, present(one)]))
}

/** What a form can say: nothing tells an empty list or structure from none. */
function sendable(value: unknown): unknown {
  const given = present(value)
  if (typeof given !== 'object' || given === null) return given
  if (given instanceof Date || Buffer.isBuffer(given)) return given
  if (Array.isArray(given)) {
    const items = given.map(sendable).filter((one) => one !== undefined)
    return items.length > 0 ? items : undefined
  }
  const entries = Object.entries(given).map(([key, one]) => [key, sendable(one)] as const)
  const said = entries.filter(([, one]) => one !== undefined)
  return said.length > 0 ? Object.fromEntries(said) : undefined
}

describe.each(['cloudtrail', 'iam', 'sts'] as const)('%s', (name) => {
  const model = loadModel(name)
  const built = Object.keys(model.operations).filter((operation) => {
    const refused = ['GetTrail', 'GetUser', 'GetFederationToken']
    return !unsigned.test(operation) && !refused.includes(operation)
  })
  const calls = fc.constantFrom(...built).chain((operation) => {
    const { input, output } = model.operations[operation]!
    return fc.record({
      operation: fc.constant(operation),
      input: input === undefined ? fc.constant({}) : valuesOf(model, input),
      output: output === undefined ? fc.constant({}) : valuesOf(model, output),
    })
  })

  test('input and output go through unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(calls, async ({ operation, input, output }) => {
        answered = output
        const Command = sdks[name]![`${operation}Command`]
        const { $metadata, ...read } = await clients[name]!.send(new Command(input))
        const said = model.protocol === 'awsQuery' ? sendable : present
        expect(said(arrived)).toEqual(said(input))
        expect(present(read)).toEqual(present(output))
        const recorded = listener.calls.at(-1)!
        expect($metadata.requestId).toBe(recorded.requestId)
        expect(recorded).toMatchObject({ operation, input: arrived, principal: { accessKeyId } })
      }),
      { numRuns: 120 },
    )
  })
})

test.each([
  {
    refused: 'cloudtrail.GetTrail',
    call: () => clients['cloudtrail']!.send(new cloudtrail.GetTrailCommand({ Name: 'missing' })),
    error: { name: 'TrailNotFoundException', message: 'Unknown trail: <a>', $fault: 'client' },
    status: 400,
  },
  {
    refused: 'iam.GetUser',
    call: () => clients['iam']!.send(new iam.GetUserCommand({ UserName: 'a' })),
    error: { name: 'NoSuchEntityException', message: 'No user <a> & "b".' },
    status: 404,
  },
  {
    refused: 'sts.GetFederationToken',
    call: () => clients['sts']!.send(new sts.GetFederationTokenCommand({ Name: 'abc' })),
    error: { name: 'MalformedPolicyDocumentException', message: 'No.' },
    status: 400,
  },
])('$refused: the client knows the error', async ({ call, error, status }) => {
  const thrown = await call().catch((one: unknown) => one)
  expect(thrown).toMatchObject({ ...error, $metadata: { httpStatusCode: status } })
  expect(thrown.$metadata.requestId).toBe(listener.calls.at(-1)!.requestId)
})
