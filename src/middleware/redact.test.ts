import fc from 'fast-check'
import { expect, test } from 'vitest'
import { redacted } from './redact.ts'

const hidden = 'HIDDEN_DUE_TO_SECURITY_REASONS'

test.each([
  'password',
  'newPassword',
  'client_secret',
  'x-api-key',
  'privateKey',
  'resetToken',
  'Set-Cookie',
  'authorization',
  'otp',
])('%s is secret', (name) => {
  expect(redacted([{ deep: { [name]: { any: 'thing' } } }])).toEqual([{ deep: { [name]: hidden } }])
})

test.each(['id', 'nextToken', 'tokenType', 'secretArn', 'keyboard', 'pinned'])(
  '%s is not',
  (name) => {
    expect(redacted({ [name]: 'shown' })).toEqual({ [name]: 'shown' })
  },
)

test('what JSON has no form for is named by its kind', () => {
  class Invoice {}
  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  expect(
    redacted({ big: 5n, at: new Date(0), no: new Date('x'), bytes: Buffer.from('a') }),
  ).toEqual({
    big: '5',
    at: '1970-01-01T00:00:00.000Z',
    no: null,
    bytes: '[bytes]',
  })
  expect(redacted({ of: new Invoice(), map: new Map(), call: () => 1, none: undefined })).toEqual({
    of: '[Invoice]',
    map: '[Map]',
  })
  expect(JSON.stringify(redacted(circle))).toContain('[too deep]')
})

test('objects that all refer to one another are left out, not walked for ever', () => {
  const all: Array<Record<string, unknown>> = Array.from({ length: 30 }, () => ({}))
  for (const one of all) for (const [n, other] of all.entries()) one[`to${n}`] = other
  expect(redacted({ graph: all })).toBe(null)
  expect(redacted(Array.from({ length: 10_000 }, (_, n) => n))).toHaveLength(10_000)
})

test('any value becomes JSON', () => {
  const values = fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true })
  fc.assert(
    fc.property(values, (value) => {
      JSON.stringify(redacted(value))
    }),
  )
})
