import { expect, test } from 'vitest'
import { host, signed } from '../../../test/sigv4/independent.ts'
import { signRequest } from './sign.ts'

test.each([
  { method: 'POST', target: '/', body: '{"MaxResults":50}' },
  { method: 'GET', target: '/a%20b/./c//?z=1&a=%C3%A9&a=', body: '' },
])('$method $target is signed as AWS signs it', async ({ method, target, body }) => {
  const url = new URL(target, `http://${host}`)
  const at = Date.UTC(2026, 10, 21, 4, 44, 23, 999)
  const headers = signRequest({
    method,
    url,
    headers: { 'X-Amz-Target': 'CloudTrail_20131101.LookupEvents' },
    body,
    service: 'cloudtrail',
    region: 'eu-west-1',
    accessKeyId: 'AKIDEXAMPLE',
    secret: 'secret',
    now: at,
  })
  const { head } = await signed({
    method,
    path: url.pathname,
    query: url.search ? { z: '1', a: ['é', ''] } : {},
    headers: { 'x-amz-target': 'CloudTrail_20131101.LookupEvents' },
    body: Buffer.from(body),
    service: 'cloudtrail',
    region: 'eu-west-1',
    at,
    secret: 'secret',
  })
  const theirs = Object.fromEntries(
    head.rawHeaders.flatMap((name, i) => (i % 2 ? [] : [[name, head.rawHeaders[i + 1]!]])),
  )
  expect(headers).toEqual(theirs)
})
