import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadModel } from '../gen/load.ts'
import type { ServiceModel, Shape } from '../gen/model.ts'
import { validate, wholePattern } from './validate.ts'

const shapes: Record<string, Shape> = {
  Input: {
    type: 'structure',
    required: ['Name'],
    members: {
      Name: { shape: 'Name' },
      Count: { shape: 'Count' },
      Kind: { shape: 'Kind' },
      Names: { shape: 'Names' },
      Tags: { shape: 'Tags' },
      Attributes: { shape: 'Attributes' },
      Password: { shape: 'Password' },
      Bytes: { shape: 'Bytes' },
    },
  },
  Name: { type: 'string', min: 3, max: 5, pattern: '[a-z]+' },
  Count: { type: 'integer', min: 1, max: 50 },
  Kind: { type: 'string', enum: ['a', 'b'] },
  Names: { type: 'list', member: 'Name', max: 2 },
  Tag: { type: 'structure', required: ['Key'], members: { Key: { shape: 'Name' } } },
  Tags: { type: 'list', member: 'Tag' },
  Attributes: { type: 'map', key: 'Name', value: 'Kind' },
  Password: { type: 'string', min: 8, sensitive: true },
  Bytes: { type: 'blob', max: 2 },
}
const model: ServiceModel = {
  signingName: 'a',
  apiVersion: '1',
  protocol: 'awsJson1.1',
  operations: {},
  shapes,
  errors: {},
}

function refusal(input: object, except?: string[]): string | undefined {
  try {
    validate(input as Record<string, unknown>, 'Input', model, except)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

const one = (text: string) => `1 validation error detected: ${text}`
const nameRules =
  'Member must satisfy regular expression pattern: [a-z]+, ' +
  'Member must have length less than or equal to 5, ' +
  'Member must have length greater than or equal to 3'

describe('validate', () => {
  test.each([
    {
      why: 'a required member that is absent',
      input: {},
      says: one("Value null at 'name' failed to satisfy constraint: Member must not be null"),
    },
    {
      why: 'a text too short',
      input: { Name: 'ab' },
      says: one(
        "Value 'ab' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 3",
      ),
    },
    {
      why: 'all that is wrong with a text',
      input: { Name: 'A' },
      says:
        "2 validation errors detected: Value 'A' at 'name' failed to satisfy constraint: " +
        'Member must satisfy regular expression pattern: [a-z]+; ' +
        "Value 'A' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 3",
    },
    {
      why: 'a number too large',
      input: { Name: 'abc', Count: 51 },
      says: one(
        "Value '51' at 'count' failed to satisfy constraint: Member must have value less than or equal to 50",
      ),
    },
    {
      why: 'a value that is not of the set',
      input: { Name: 'abc', Kind: 'c' },
      says: one(
        "Value 'c' at 'kind' failed to satisfy constraint: Member must satisfy enum value set: [a, b]",
      ),
    },
    {
      why: 'a list too long',
      input: { Name: 'abc', Names: ['abc', 'abd', 'abe'] },
      says: one(
        "Value '[abc, abd, abe]' at 'names' failed to satisfy constraint: Member must have length less than or equal to 2",
      ),
    },
    {
      why: 'a text in a list',
      input: { Name: 'abc', Names: ['ab'] },
      says: one(
        `Value '[ab]' at 'names' failed to satisfy constraint: Member must satisfy constraint: [${nameRules}]`,
      ),
    },
    {
      why: 'a member of a structure in a list',
      input: { Name: 'abc', Tags: [{ Key: 'abc' }, {}] },
      says: one(
        "Value null at 'tags.2.member.key' failed to satisfy constraint: Member must not be null",
      ),
    },
    {
      why: 'a key of a map',
      input: { Name: 'abc', Attributes: { A: 'a' } },
      says: one(
        `Value '{A=a}' at 'attributes' failed to satisfy constraint: Map keys must satisfy constraint: [${nameRules}]`,
      ),
    },
    {
      why: 'a value of a map',
      input: { Name: 'abc', Attributes: { abc: 'c' } },
      says: one(
        "Value '{abc=c}' at 'attributes' failed to satisfy constraint: " +
          'Map value must satisfy constraint: [Member must satisfy enum value set: [a, b]]',
      ),
    },
    {
      why: 'a secret, without showing it',
      input: { Name: 'abc', Password: 'hunter2' },
      says: one(
        "Value at 'password' failed to satisfy constraint: Member must have length greater than or equal to 8",
      ),
    },
    {
      why: 'bytes, without showing them',
      input: { Name: 'abc', Bytes: Buffer.from('abc') },
      says: one(
        "Value '3 bytes' at 'bytes' failed to satisfy constraint: Member must have length less than or equal to 2",
      ),
    },
  ])('refuses $why', ({ input, says }) => {
    expect(refusal(input)).toBe(says)
  })

  test('takes what holds', () => {
    const input = { Name: 'abc', Count: 1, Names: [], Tags: [{ Key: 'abc' }], Attributes: {} }
    expect(refusal(input)).toBeUndefined()
  })

  test('counts characters, not halves of them', () => {
    const four = { ...model, shapes: { ...shapes, Name: { type: 'string', max: 4 } as Shape } }
    expect(() => validate({ Name: '😀😀😀😀' }, 'Input', four)).not.toThrow()
    expect(() => validate({ Name: '😀😀😀😀a' }, 'Input', four)).toThrow()
  })

  test('leaves alone what the operation checks itself, and what lies below', () => {
    expect(refusal({ Name: 'A', Count: 0 }, ['Name', 'Count'])).toBeUndefined()
    expect(refusal({ Name: 'abc', Tags: [{}] }, ['Tags'])).toBeUndefined()
    expect(refusal({ Name: 'abc', Tags: [{ Key: 'A' }] }, ['Tags.Key'])).toBeUndefined()
    expect(refusal({ Name: 'abc', Tags: [{ Key: 'A' }] }, ['Key'])).toContain('tags.1.member.key')
  })

  test('a refusal has an end', () => {
    const Names = [`${'A'.repeat(1_000_000)}`]
    const Tags = Array.from({ length: 1_000 }, () => ({}))
    expect(refusal({ Name: 'abc', Names, Tags })!.length).toBeLessThan(5_000)
  })
})

describe('patterns', () => {
  const models = (['cloudtrail', 'cloudtrail-data', 'iam', 's3', 'sts'] as const).map(loadModel)
  const patterns = models.flatMap(({ shapes }) =>
    Object.values(shapes).flatMap((shape) => ('pattern' in shape ? [shape.pattern!] : [])),
  )

  test.each([...new Set(patterns)])('%s can be asked', (pattern) => {
    expect(() => wholePattern(pattern).test('')).not.toThrow()
  })

  test('none takes long over a text that is long', () => {
    const texts = fc.sample(fc.string({ minLength: 1, maxLength: 8 }), { numRuns: 30, seed: 1 })
    const began = performance.now()
    for (const pattern of new Set(patterns)) {
      for (const text of texts) wholePattern(pattern).test(text.repeat(2_000))
      wholePattern(pattern).test(`${'a'.repeat(20_000)}!`)
      wholePattern(pattern).test(`${'/a'.repeat(10_000)}!`)
    }
    expect(performance.now() - began).toBeLessThan(10_000)
  })
})
