// Botocore writes calls that our readers read, and reads the answers that the property tests' encoder writes, so
// that these tests are not only about our own idea of the protocols.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ServiceModel } from '../../src/gen/model.ts'
import type { CallProtocol } from '../../src/registry/contract.ts'
import { payloadOf, readParameters } from '../../src/registry/parameters.ts'
import { recognise } from '../../src/registry/recognise.ts'
import { Registry } from '../../src/registry/registry.ts'
import { callValues, sayable } from '../call-values.ts'
import { calledServices, modelOf, operationsOf, protocolsOf } from '../called-services.ts'
import { type Members, wireAnswer } from '../encode/wire.ts'
import { hasTool } from '../tools.ts'

const registry = new Registry()
const options = { registry, bucketSuffixes: [], region: 'us-east-1' }
const isThere = hasTool('python3', ['-c', 'import botocore'], 'calls as botocore writes them')
const callsOfEach = 80
/**
 * Of two of ElastiCache's lists botocore has another name than other clients, which have the member's; CloudTrail
 * has members here that are newer than botocore.
 */
const services = calledServices.filter((name) => !/^(elasticache|cloudtrail)$/.test(name))

/** Botocore's names of protocols. */
const protocols: Readonly<Partial<Record<CallProtocol, string>>> = {
  'awsJson1.0': 'json',
  'awsJson1.1': 'json',
  awsQuery: 'query',
  ec2Query: 'ec2',
  restJson1: 'rest-json',
  restXml: 'rest-xml',
  rpcV2Cbor: 'smithy-rpc-v2-cbor',
}

type Call = Readonly<{
  service: string
  operation: string
  protocol: CallProtocol
  asked: Members
  answered: Members
}>

/** What botocore makes of a call: its request, and the answer as it reads it; null where it cannot. */
type Through = Readonly<{
  request: {
    method: string
    target: string
    headers: Record<string, string>
    body: string
  } | null
  answered: object | null
}>

function callsOf(service: string): Call[] {
  const model = modelOf(service, registry)
  const calls = fc.constantFrom(...operationsOf(model)).chain((operation) =>
    fc.record({
      service: fc.constant(service),
      operation: fc.constant(operation),
      protocol: fc.constantFrom(...protocolsOf(service, model)),
      asked: callValues(model, model.operations[operation]!.input),
      answered: callValues(model, model.operations[operation]!.output),
    }),
  )
  return fc.sample(calls, callsOfEach)
}

const calls = isThere ? services.flatMap(callsOf) : []
const through = isThere ? throughBotocore(calls) : []

describe.skipIf(!isThere).each(services)('%s', (service) => {
  const model = modelOf(service, registry)
  const ours = calls.flatMap((call, i) => (call.service === service ? [{ call, i }] : []))

  test('what botocore asks for is read', () => {
    for (const { call, i } of ours) {
      const { operation, protocol, asked } = call
      const { input } = model.operations[operation]!
      const { request } = through[i]!
      if (request === null) continue
      const { method, target, headers, body } = request
      const scope = `AKIAEXAMPLE/20261121/eu-west-1/${model.signingName}/aws4_request`
      const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`
      const rawHeaders = Object.entries({ Host: 'h', authorization, ...headers }).flat()
      const head = { method, target, rawHeaders }
      const kept = { bytes: Buffer.from(body, 'base64'), isWhole: true }
      const found = recognise(head, kept, options)
      expect(found).toMatchObject({ operation })
      const { members = {} } = readParameters(found, head, kept)
      expect({ operation, ...given(members, asked, input, model) }).toEqual({
        operation,
        ...sayable(asked, input, model, protocol, 'asked'),
      })
    }
  })

  test('botocore reads what is answered', () => {
    for (const { call, i } of ours) {
      const { operation, protocol, answered } = call
      const { output } = model.operations[operation]!
      const read = through[i]!.answered
      // Botocore knows no wrapper of SQS's older answers.
      if (read === null || (service === 'sqs' && protocol === 'awsQuery')) continue
      expect({ operation, ...given(untagged(read), answered, output, model) }).toEqual({
        operation,
        ...sayable(answered, output, model, protocol, 'answered'),
      })
    }
  })
})

/** Without the status, content, and maps of headers and bodies that are there though nothing was sent. */
function given(members: object, sent: Members, shapeName: string | undefined, model: ServiceModel) {
  const shape = model.shapes[shapeName ?? '']
  const known = shape?.type === 'structure' ? shape.members : {}
  const { payload, isContent } = payloadOf(shapeName, model)
  const isGiven = ([name]: readonly [string, unknown]) =>
    known[name]?.location !== 'statusCode' &&
    (known[name]?.location !== 'headers' || name in sent) &&
    (name !== payload || (!isContent && payload in sent))
  return Object.fromEntries(Object.entries(members).filter(isGiven))
}

function throughBotocore(calls: readonly Call[]): Through[] {
  const lines = calls.map(({ service, operation, protocol, asked, answered }) => {
    const model = modelOf(service, registry)
    const { status, headers, body } = wireAnswer(model, operation, answered, 'r-1', protocol)
    const answer = { status, headers, body: body.toString('base64') }
    const spoken = protocols[protocol]
    return JSON.stringify({ service, operation, protocol: spoken, asked: tagged(asked), answer })
  })
  const script = join(import.meta.dirname, 'botocore-calls.py')
  const settings = { input: lines.join('\n'), maxBuffer: 2 ** 28 }
  const { stdout, stderr } = spawnSync('python3', [script], settings)
  if (stderr.length > 0) throw new Error(stderr.toString())
  const answers = stdout.toString().trim().split('\n')
  return answers.map((line) => JSON.parse(line))
}

function tagged(value: unknown): unknown {
  if (value instanceof Date) return { $date: value.getTime() / 1000 }
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') }
  if (Array.isArray(value)) return value.map(tagged)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, tagged(one)]))
}

function untagged(value: any): any {
  if (Array.isArray(value)) return value.map(untagged)
  if (typeof value !== 'object' || value === null) return value
  if ('$date' in value) return new Date(value.$date * 1000)
  if ('$bytes' in value) return Buffer.from(value.$bytes, 'base64')
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, untagged(one)]))
}
