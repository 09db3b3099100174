import { expect, test } from 'vitest'
import { isBucketName } from './bucket-name.ts'

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
test.each(['abc', 'docexample', 'my.logs', 'log-delivery-march-2020', '0a0', 'a'.repeat(63)])(
  '%s is a name',
  (name) => expect(isBucketName(name)).toBe(true),
)

test.each([
  'ab',
  'a'.repeat(64),
  'Upper',
  'under_score',
  '-abc',
  'abc-',
  '.abc',
  'a..b',
  'a.-b',
  '192.168.5.4',
  'xn--abc',
  'sthree-abc',
  'amzn-s3-demo-abc',
  'abc-s3alias',
  'abc--ol-s3--ola-s3',
  'abc.mrap',
  'abc--x-s3',
  'a/b',
  'a\0b',
])('%j is none', (name) => expect(isBucketName(name)).toBe(false))
