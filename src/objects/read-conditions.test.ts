// Which condition decides, for each pair of them that S3's guide names.
import { expect, test } from 'vitest'
import type { ObjectVersion } from './contract.ts'
import { assertReadable } from './read-conditions.ts'

const modified = Date.parse('2026-11-21T04:44:23.456Z')
const version = { etag: 'abc', lastModified: modified, headers: { expires: 'never' } }
/** As a client has it from `Last-Modified`. */
const same = new Date('2026-11-21T04:44:23Z')
const before = new Date('2026-11-21T04:44:22Z')

test.each([
  ['nothing', {}, undefined],
  ['If-Match', { IfMatch: '"abc"' }, undefined],
  ['If-Match, bare', { IfMatch: 'abc' }, undefined],
  ['If-Match, anything', { IfMatch: '*' }, undefined],
  ['If-Match, one of some', { IfMatch: '"x", "abc"' }, undefined],
  ['If-Match, another', { IfMatch: '"x"' }, 'PreconditionFailed'],
  ['If-Unmodified-Since, same', { IfUnmodifiedSince: same }, undefined],
  ['If-Unmodified-Since, before', { IfUnmodifiedSince: before }, 'PreconditionFailed'],
  ['If-Match decides', { IfMatch: 'abc', IfUnmodifiedSince: before }, undefined],
  ['If-Match fails', { IfMatch: 'x', IfUnmodifiedSince: same }, 'PreconditionFailed'],
  ['If-None-Match', { IfNoneMatch: '"abc"' }, 'NotModified'],
  ['If-None-Match, anything', { IfNoneMatch: '*' }, 'NotModified'],
  ['If-None-Match, another', { IfNoneMatch: '"x"' }, undefined],
  ['If-Modified-Since, same', { IfModifiedSince: same }, 'NotModified'],
  ['If-Modified-Since, before', { IfModifiedSince: before }, undefined],
  ['If-None-Match decides', { IfNoneMatch: 'x', IfModifiedSince: same }, undefined],
  ['If-None-Match matches', { IfNoneMatch: 'abc', IfModifiedSince: before }, 'NotModified'],
  ['both fail', { IfMatch: 'x', IfNoneMatch: 'abc' }, 'PreconditionFailed'],
])('%s', (_, conditions, code) => {
  const ask = () => assertReadable(version as unknown as ObjectVersion, conditions)
  if (code === undefined) expect(ask).not.toThrow()
  else expect(ask).toThrow(expect.objectContaining({ code }))
})

test('what the caller has already is named', () => {
  const ask = () => assertReadable(version as unknown as ObjectVersion, { IfNoneMatch: 'abc' })
  const headers = { etag: '"abc"', 'last-modified': same.toUTCString(), expires: 'never' }
  expect(ask).toThrow(expect.objectContaining({ headers }))
})
