import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { headBytes, isGzip, kindOf } from './file-kind.ts'

const insight = '{"Records":[{"eventVersion":"1.11","eventCategory":"Insight"}]}'
const digest = '{"awsAccountId":"1","digestStartTime":"2026-11-21T00:00:00Z","logFiles":[]}'

describe.each([
  { how: 'plain', stored: (text: string) => Buffer.from(text) },
  { how: 'gzip', stored: (text: string) => gzipSync(text) },
])('$how', ({ stored }) => {
  test.each([
    { text: '{"Records":[{"eventVersion":"1.11"}]}', kind: 'log' },
    { text: '\ufeff \n{ "Records" :\n[ {', kind: 'log' },
    { text: insight, kind: 'insights' },
    { text: digest, kind: 'digest' },
    { text: digest.replace('digestStartTime', 'eventTime'), kind: 'records' },
    { text: '{"eventVersion":"1.11"}\n{}', kind: 'records' },
    { text: '[]', kind: 'records' },
    { text: '{"records":[]}', kind: 'records' },
    { text: '{"Records":[ ]}', kind: 'no records' },
    { text: ' \n', kind: 'empty' },
    { text: '', kind: 'empty' },
    { text: 'hello', kind: 'no JSON' },
  ])('$text: $kind', ({ text, kind }) => {
    expect(kindOf(stored(text))).toBe(kind)
  })
})

test('a few bytes of a large file are enough', () => {
  const noise = Buffer.alloc(200_000, 'é"x{').toString('base64')
  const stored = gzipSync(`{"Records":[{"a":"${noise}"}]}`)
  expect(kindOf(stored.subarray(0, headBytes))).toBe('log')
})

test('gzip that is damaged at its beginning has no kind', () => {
  const stored = gzipSync(insight)
  stored[10] = 0xff
  expect(isGzip(stored)).toBe(true)
  expect(kindOf(stored)).toBeUndefined()
})
