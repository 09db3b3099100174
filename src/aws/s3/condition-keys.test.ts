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
  {
    query: 'X-Amz-Signature=s&prefix=',
    headers: {},
    keys: { 's3:authType': 'REST-QUERY-STRING', 's3:prefix': '' },
  },
])('$query $headers', ({ query, headers, keys }) => {
  expect(s3ConditionKeys({ query, headers })).toEqual({ ...always, ...keys })
})
