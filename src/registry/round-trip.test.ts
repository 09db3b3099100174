// What is written by the protocols' pages is read as it was meant: calls and answers of the services most
// used, at random, through an encoder that knows nothing of our readers.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { callValues, sayable } from '../../test/call-values.ts'
import { calledServices, modelOf, operationsOf, protocolsOf } from '../../test/called-services.ts'
import { errorForms } from '../../test/encode/error.ts'
import { wireAnswer, wireRequest } from '../../test/encode/wire.ts'
import type { ServiceModel } from '../gen/model.ts'
import { readAnswer } from './answer.ts'
import type { CallProtocol, Recognised } from './contract.ts'
import { readParameters } from './parameters.ts'
import { recognise } from './recognise.ts'
import { Registry } from './registry.ts'

const registry = new Registry()
const options = { registry, bucketSuffixes: [], region: 'us-east-1' }

describe.each(calledServices)('%s', (name) => {
  const model = modelOf(name, registry)
  const { apiVersion, signingName } = model
  const calls = (of: 'input' | 'output') =>
    fc.constantFrom(...operationsOf(model)).chain((operation) =>
      fc.record({
        operation: fc.constant(operation),
        protocol: fc.constantFrom(...protocolsOf(name, model)),
        members: callValues(model, model.operations[operation]![of]),
      }),
    )

  test('what is asked for is read', () => {
    fc.assert(
      fc.property(calls('input'), ({ operation, protocol, members }) => {
        const { method, target, headers, body } = wireRequest(model, operation, members, protocol)
        const scope = `AKIAEXAMPLE/20261121/eu-west-1/${signingName}/aws4_request`
        const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`
        const rawHeaders = Object.entries({ host: 'h', authorization, ...headers }).flat()
        const head = { method, target, rawHeaders }
        const kept = { bytes: body, isWhole: true }
        const recognised = recognise(head, kept, options)
        expect(recognised).toMatchObject({ operation, protocol })
        expect(recognised.model).toMatchObject({ apiVersion, signingName })
        const parameters = readParameters(recognised, head, kept)
        const { input } = model.operations[operation]!
        expect(parameters.incomplete).toBe(false)
        expect(parameters.members ?? {}).toEqual(sayable(members, input, model, protocol, 'asked'))
      }),
      { numRuns: 40 },
    )
  })

  test('what is answered is read', () => {
    fc.assert(
      fc.property(calls('output'), ({ operation, protocol, members }) => {
        const answer = wireAnswer(model, operation, members, 'r-1', protocol)
        // Query's answers have the id in their body too.
        const headers = /Query$/.test(protocol) ? {} : answer.headers
        const rawHeaders = Object.entries(headers).flat()
        const call = callOf(operation, protocol, model)
        const read = readAnswer(
          call,
          { status: answer.status, rawHeaders },
          { bytes: answer.body, isWhole: true },
        )
        const { output } = model.operations[operation]!
        expect(read).toMatchObject({ status: answer.status, requestId: 'r-1', incomplete: false })
        expect(read.members ?? {}).toEqual(sayable(members, output, model, protocol, 'answered'))
      }),
      { numRuns: 40 },
    )
  })
})

function callOf(operation: string, protocol: CallProtocol, model: ServiceModel): Recognised {
  return {
    signingName: model.signingName,
    model,
    eventSource: `${model.signingName}.amazonaws.com`,
    operation,
    eventName: operation,
    region: 'eu-west-1',
    protocol,
    kind: 'none',
    labels: {},
  }
}

const refusals = fc.record({
  code: fc.stringMatching(/^[A-Z][A-Za-z0-9]{0,20}(\.[A-Z][a-z]{1,8})?$/),
  message: fc.option(fc.string({ maxLength: 40 }), { nil: undefined }),
  requestId: fc.uuid(),
  status: fc.constantFrom(400, 403, 404, 409, 500, 503),
})

describe.each(Object.entries(errorForms))('%s', (protocol, forms) => {
  test.each(forms.map((form, i) => [i + 1, form] as const))('refusals in form %i', (_, form) => {
    fc.assert(
      fc.property(refusals, ({ code, message, requestId, status }) => {
        const { headers, body } = form({ code, message, requestId })
        const call = callOf('AnyOperation', protocol as CallProtocol, modelOf('sts', registry))
        const head = { status, rawHeaders: Object.entries(headers).flat() }
        const read = readAnswer(call, head, { bytes: body, isWhole: true })
        expect(read).toEqual({
          status,
          requestId,
          error: { code, ...(message !== undefined && { message }) },
          incomplete: false,
        })
      }),
    )
  })
})
