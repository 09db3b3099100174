// Input made to do harm: refused or read as plain data, in bounded time, and no object is changed by it.
import { afterEach, describe, expect, test } from 'vitest'
import { loadModel } from '../gen/load.ts'
import type { OperationModel, ServiceModel, Shape } from '../gen/model.ts'
import { limits } from '../limits.ts'
import { awsJson } from './aws-json.ts'
import { awsQuery } from './aws-query.ts'
import type { Codec } from './codec.ts'
import { restJson } from './rest-json.ts'
import { restXml } from './rest-xml.ts'

const shapes: Record<string, Shape> = {
  Input: {
    type: 'structure',
    members: { Map: { shape: 'Map' }, Deep: { shape: 'Deep' }, List: { shape: 'List' } },
  },
  Text: { type: 'string' },
  Map: { type: 'map', key: 'Text', value: 'Text' },
  List: { type: 'list', member: 'Text' },
  Deep: { type: 'structure', members: { Deep: { shape: 'Deep' } } },
}
const model: ServiceModel = {
  ...{ signingName: 'a', apiVersion: '1', protocol: 'awsJson1.1' },
  ...{ operations: {}, shapes, errors: {} },
}
const operation: OperationModel = {
  ...{ input: 'Input', output: 'Input', resultWrapper: 'AResult', errors: [] },
}

function parse(codec: Codec, body: string | Buffer): Record<string, unknown> {
  const request = { body: Buffer.from(body as string), query: '', labels: {}, headers: {} }
  return codec.parse(request, operation, model)
}

afterEach(() => {
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})

const keys = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']

describe.each(keys)('the key %s', (key) => {
  test.each([
    ['awsJson', awsJson, `{"Map":{"${key}":"polluted"}}`],
    ['restJson', restJson, `{"Map":{"${key}":"polluted"}}`],
    ['awsQuery', awsQuery, `Map.entry.1.key=${key}&Map.entry.1.value=polluted`],
    [
      'restXml',
      restXml,
      `<I><Map><entry><key>${key}</key><value>polluted</value></entry></Map></I>`,
    ],
  ])('is a key of a map in %s', (_, codec, body) => {
    const { Map: map } = parse(codec, body)
    expect(Object.entries(map as object)).toEqual([[key, 'polluted']])
    expect(Object.getPrototypeOf(map)).toBe(Object.prototype)
    const answer = codec.answer({ Map: map }, operation, model, { name: 'A', requestId: 'r' })
    expect(answer.body).toContain(key)
  })

  test.each([
    ['awsJson', awsJson, `{"${key}":{"polluted":"yes"},"List":["a"]}`],
    ['restJson', restJson, `{"${key}":{"polluted":"yes"},"List":["a"]}`],
    ['awsQuery', awsQuery, `${key}.polluted=yes&List.member.1=a`],
    [
      'restXml',
      restXml,
      `<I><${key}><polluted>yes</polluted></${key}><List><member>a</member></List></I>`,
    ],
  ])('is no member in %s', (_, codec, body) => {
    expect(parse(codec, body)).toEqual({ List: ['a'] })
  })
})

const deep = limits.nestingMax + 10
const refusals: Array<[why: string, codec: Codec, body: string | Buffer, code: string]> = [
  [
    'JSON too deep',
    awsJson,
    `${'{"Deep":'.repeat(deep)}{}${'}'.repeat(deep)}`,
    'SerializationException',
  ],
  [
    'JSON too deep',
    restJson,
    `${'{"Deep":'.repeat(deep)}{}${'}'.repeat(deep)}`,
    'SerializationException',
  ],
  ['a form too deep', awsQuery, `${'Deep.'.repeat(deep)}a=b`, 'MalformedInput'],
  ['XML too deep', restXml, `${'<Deep>'.repeat(deep)}${'</Deep>'.repeat(deep)}`, 'MalformedXML'],
  ['JSON that is not UTF-8', awsJson, Buffer.from([0x7b, 0xff, 0x7d]), 'SerializationException'],
  ['JSON that is not UTF-8', restJson, Buffer.from([0x7b, 0xc0, 0x80]), 'SerializationException'],
  [
    'a form that is not UTF-8',
    awsQuery,
    Buffer.from([0x61, 0xed, 0xa0, 0x80]),
    'SerializationException',
  ],
  ['an escape that is not UTF-8', awsQuery, 'List.member.1=%C0%80', 'MalformedInput'],
  ['XML that is not UTF-8', restXml, Buffer.from([0x3c, 0xff]), 'SerializationException'],
  ['parameters without end', awsQuery, 'a&'.repeat(2_000_000), 'MalformedInput'],
]

test.each(refusals)('%s is refused', (_, codec, body, code) => {
  const began = performance.now()
  expect(() => parse(codec, body)).toThrow(expect.objectContaining({ name: 'ApiError', code }))
  expect(performance.now() - began).toBeLessThan(2_000)
})

test('a list is as long as what it holds, whatever its numbers', () => {
  const body = 'List.member.999999999=b&List.member.7=a&List.member.-1=c&List.member.x=d'
  expect(parse(awsQuery, body)).toEqual({ List: ['a', 'b'] })
})

test('a header cannot be answered with two lines', () => {
  const s3 = loadModel('s3')
  const output = { VersionId: 'a\r\nset-cookie: b', ETag: 'ü😀' }
  const operation = s3.operations['PutObject']!
  const { headers } = restXml.answer(output, operation, s3, { name: 'PutObject', requestId: 'r' })
  expect(headers).toMatchObject({
    'x-amz-version-id': 'a%0D%0Aset-cookie: b',
    etag: '%C3%BC%F0%9F%98%80',
  })
  const asked = { name: 'HeadObject', requestId: 'r' }
  const shown = (Metadata: Record<string, string>) =>
    restXml.answer({ Metadata }, s3.operations['HeadObject']!, s3, asked).headers
  expect(shown({ a: 'a\r\nb: c', s: '\xc3\x84MÄZÕÑ S3', plain: 'x=1; y' })).toMatchObject({
    'x-amz-meta-a': '=?UTF-8?B?YQ0KYjogYw==?=',
    'x-amz-meta-s': '=?UTF-8?B?w4PChE3DhFrDlcORIFMz?=',
    'x-amz-meta-plain': 'x=1; y',
  })
})
