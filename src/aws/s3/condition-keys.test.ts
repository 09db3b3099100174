import { expect, test } from 'vitest'
import { s3ConditionKeys } from './condition-keys.ts'

const always = { 's3:authType': 'REST-HEADER', 's3:signatureversion': 'AWS4-HMAC-SHA256' }

test.each([
  { query: '', headers: {}, keys: {} },
  {
    query: 'list-type=2&prefix=a%2Fb&delimiter=%2F&max-keys=5&versionId=v',
    headers: {},
    keys: { 's3:prefix': 'a/b', 's3:delimiter': '/', 's3:max-keys': '5', 's3:VersionId': 'v' },
  },
  {
    query: '',
    headers: {
      'x-amz-acl': 'bucket-owner-full-control',
      'x-amz-server-side-encryption': 'AES256',
      'x-amz-object-lock-mode': 'COMPLIANCE',
      'x-amz-meta-a': 'b',
    },
    keys: {
      's3:x-amz-acl': 'bucket-owner-full-control',
      's3:x-amz-server-side-encryption': 'AES256',
      's3:object-lock-mode': 'COMPLIANCE',
    },
  },
  {
    query: '',
    headers: { 'x-amz-tagging': 'team=a%20b&x=' },
    keys: {
      's3:RequestObjectTag/team': 'a b',
      's3:RequestObjectTag/x': '',
      's3:RequestObjectTagKeys': ['team', 'x'],
    },
  },
])('$query $headers', ({ query, headers, keys }) => {
  const head = { query, headers: { ...headers, authorization: 'a' }, startedAt: 0 }
  expect(s3ConditionKeys(head)).toEqual({ ...always, ...keys })
})

const byQuery = { 's3:authType': 'REST-QUERY-STRING' }
const now = Date.parse('2026-11-21T04:54:23.456Z')

// What policies forbid old signatures, old URLs and old TLS by.
test.each([
  {
    signed: 'by a header',
    head: { query: '', headers: { authorization: 'a', 'x-amz-date': '20261121T045423Z' } },
    keys: { ...always, 's3:signatureAge': '456' },
  },
  {
    signed: 'by a URL',
    head: { query: 'X-Amz-Signature=s&X-Amz-Date=20261121T044423Z&prefix=', headers: {} },
    keys: { ...always, ...byQuery, 's3:signatureAge': '600456', 's3:prefix': '' },
  },
  {
    signed: 'by a URL of the first version',
    head: { query: 'AWSAccessKeyId=a&Signature=s&Expires=1', headers: {} },
    keys: { ...byQuery, 's3:signatureversion': 'AWS' },
  },
  {
    signed: 'over TLS',
    head: { query: '', headers: { authorization: 'a' }, tls: { version: 'TLSv1.3' } },
    keys: { ...always, 's3:TlsVersion': '1.3' },
  },
])('signed $signed', ({ head, keys }) => {
  expect(s3ConditionKeys({ ...head, startedAt: now })).toEqual(keys)
})
