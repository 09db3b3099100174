// Whose calls nobody signed are, by what the upstream answers to them.
import { expect, test } from 'vitest'
import { recognise } from './recognise.ts'
import { Registry } from './registry.ts'

const options = { registry: new Registry(), bucketSuffixes: [], region: 'us-east-1' }
const nothing = { bytes: Buffer.alloc(0), isWhole: true }

type Row = Readonly<{
  what: string
  method?: string
  target: string
  status?: number
  answer: Readonly<Record<string, string>>
  expected: string
}>

const json = { 'Content-Type': 'application/json' }
const html = { 'Content-Type': 'text/html; charset=utf-8' }
const xml = { 'Content-Type': 'application/xml' }
const ofMinio = { Server: 'MinIO', 'X-Amz-Request-Id': '16F6A51C19B2FD3A' }
const etag = { ETag: '"d41d8cd98f00b204e9800998ecf8427e"' }

test.each<Row>([
  { what: 'a health check', target: '/health', answer: json, expected: 'unknown GetHealth' },
  { what: 'an icon asked for', target: '/favicon.ico', answer: html, expected: 'unknown Get' },
  { what: 'a page', target: '/', answer: { ...html, ETag: 'W/"12"' }, expected: 'unknown Get' },
  {
    what: 'a page behind CloudFront and a load balancer',
    target: '/login/start',
    answer: { ...html, 'X-Amz-Cf-Id': 'a', 'X-Amzn-Trace-Id': 'Root=1' },
    expected: 'unknown GetLogin',
  },
  { what: 'an empty answer', method: 'HEAD', target: '/a', answer: {}, expected: 'unknown HeadA' },
  {
    what: 'a form of another service',
    method: 'POST',
    target: '/login/x',
    answer: html,
    expected: 'unknown PostLogin',
  },
  {
    what: 'a public object',
    target: '/b/k',
    answer: { ...json, ...etag },
    expected: 's3 GetObject',
  },
  {
    what: 'an object that did not change',
    target: '/b/k',
    status: 304,
    answer: etag,
    expected: 's3 GetObject',
  },
  { what: 'a public listing', target: '/b', answer: xml, expected: 's3 ListObjects' },
  { what: 'an object denied', target: '/b/k', status: 403, answer: xml, expected: 's3 GetObject' },
  {
    what: 'an object denied to HEAD',
    method: 'HEAD',
    target: '/b/k',
    status: 403,
    answer: { 'X-Amz-Request-Id': 'A1' },
    expected: 's3 HeadObject',
  },
  {
    what: 'a public delete, which has no content',
    method: 'DELETE',
    target: '/b/k',
    status: 204,
    answer: {},
    expected: 's3 DeleteObject',
  },
  {
    what: 'a health check of MinIO',
    target: '/minio/health/live',
    answer: ofMinio,
    expected: 'unknown GetMinio',
  },
  {
    what: 'a health check of MinIO without a quorum',
    target: '/minio/health/cluster?maintenance=true',
    status: 503,
    answer: { ...ofMinio, 'X-Amz-Bucket-Region': 'us-east-1' },
    expected: 'unknown GetMinio',
  },
  {
    what: 'metrics of MinIO',
    target: '/minio/v2/metrics/cluster',
    answer: { ...ofMinio, 'Content-Type': 'text/plain; version=0.0.4' },
    expected: 'unknown GetMinio',
  },
  {
    what: 'administration of MinIO, refused',
    method: 'POST',
    target: '/minio/admin/v3/service?action=stop',
    status: 403,
    answer: { ...ofMinio, ...json },
    expected: 'unknown PostMinio',
  },
  {
    what: 'an object of a bucket of that name, elsewhere',
    target: '/minio/health/live',
    answer: { ...ofMinio, ...etag },
    expected: 's3 GetObject',
  },
  {
    what: 'an object there, denied',
    target: '/minio/admin/v3/info',
    status: 403,
    answer: { ...ofMinio, ...xml },
    expected: 's3 GetObject',
  },
  {
    what: 'a bucket whose name only begins so',
    target: '/minio-backup/health',
    answer: ofMinio,
    expected: 's3 GetObject',
  },
  {
    what: 'a sign-in',
    method: 'POST',
    target: '/token',
    answer: { ...json, 'x-amzn-RequestId': 'A1' },
    expected: 'sso CreateToken',
  },
])('$what: $expected', ({ method = 'GET', target, status = 200, answer, expected }) => {
  const head = { method, target, rawHeaders: ['Host', 'localhost:4600'] }
  const answered = { status, rawHeaders: Object.entries(answer).flat() }
  const { eventSource, operation } = recognise(head, nothing, options, answered)
  expect(`${eventSource.replace('.amazonaws.com', '')} ${operation}`).toBe(expected)
})

test('what is signed is what its scope says, whatever is answered', () => {
  const credential = 'Credential=AKIAEXAMPLE/20261121/eu-west-1/s3/aws4_request'
  const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=00`
  const head = { method: 'GET', target: '/b/k', rawHeaders: ['Authorization', authorization] }
  const answered = { status: 200, rawHeaders: Object.entries(html).flat() }
  expect(recognise(head, nothing, options, answered)).toMatchObject({ operation: 'GetObject' })
})
