import { expect, test } from 'vitest'
import { bucketOfHost } from './bucket-host.ts'

test.each([
  { host: 'logs.localhost:4590', bucket: 'logs' },
  { host: 'LOGS.Localhost', bucket: 'logs' },
  { host: 'my.logs.localhost', bucket: 'my.logs' },
  { host: 'logs.s3.example.com', bucket: 'logs' },
  { host: 'localhost:4590', bucket: undefined },
  { host: '.localhost', bucket: undefined },
  { host: '127.0.0.1:4590', bucket: undefined },
  { host: 'logs.localhost.evil.com', bucket: undefined },
  { host: undefined, bucket: undefined },
])('$host names $bucket', ({ host, bucket }) => {
  expect(bucketOfHost(host, ['s3.example.com', 'localhost'])).toBe(bucket)
})
