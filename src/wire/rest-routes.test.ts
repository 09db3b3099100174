import { describe, expect, test } from 'vitest'
import { loadModel } from '../gen/load.ts'
import { matchRoute, type RestRoutes, restRoutes } from './rest-routes.ts'

const match = (
  routes: RestRoutes,
  method: string,
  path: string,
  query = '',
  headers: Record<string, string> = {},
) => matchRoute(routes, { method, path, query, headers })

const s3 = restRoutes(loadModel('s3'))
const data = restRoutes(loadModel('cloudtrail-data'))

describe('S3 tells its operations apart', () => {
  test.each([
    ['GET', '/', '', 'ListBuckets'],
    ['GET', '/b', '', 'ListObjects'],
    ['GET', '/b/', '', 'ListObjects'],
    ['GET', '/b', 'list-type=2&prefix=a', 'ListObjectsV2'],
    ['GET', '/b', 'list-type=1', 'ListObjects'],
    ['GET', '/b', 'acl', 'GetBucketAcl'],
    ['GET', '/b', 'acl=', 'GetBucketAcl'],
    ['GET', '/b', 'uploads', 'ListMultipartUploads'],
    ['GET', '/b', 'versions', 'ListObjectVersions'],
    ['GET', '/b', 'metrics&id=a', 'GetBucketMetricsConfiguration'],
    ['GET', '/b', 'metrics', 'ListBucketMetricsConfigurations'],
    ['PUT', '/b', '', 'CreateBucket'],
    ['DELETE', '/b', '', 'DeleteBucket'],
    ['HEAD', '/b', '', 'HeadBucket'],
    ['POST', '/b', 'delete', 'DeleteObjects'],
    ['PUT', '/b/k', '', 'PutObject'],
    ['GET', '/b/a/b/c', '', 'GetObject'],
    ['GET', '/b/k', 'uploadId=u', 'ListParts'],
    ['GET', '/b/k', 'tagging', 'GetObjectTagging'],
    ['PUT', '/b/k', 'partNumber=1&uploadId=u', 'UploadPart'],
    ['POST', '/b/k', 'uploads', 'CreateMultipartUpload'],
    ['POST', '/b/k', 'uploadId=u', 'CompleteMultipartUpload'],
    ['DELETE', '/b/k', 'uploadId=u', 'AbortMultipartUpload'],
    ['DELETE', '/b/k', '', 'DeleteObject'],
    ['POST', '/b', '', undefined],
    ['PATCH', '/b', '', undefined],
    ['GET', '*', '', undefined],
    ['GET', '/b/%ff', '', undefined],
    ['GET', '//k', '', undefined],
  ])('%s %s?%s is %s', (method, path, query, operation) => {
    expect(match(s3, method, path, query)?.operation).toBe(operation)
  })

  test('labels are decoded; the last takes the rest of the path', () => {
    const found = match(s3, 'GET', '/b/a%20b//c%2Fd/', '')
    expect(found?.labels).toEqual({ Bucket: 'b', Key: 'a b//c/d/' })
  })

  test('a header tells a copy from an upload', () => {
    const labels = { 'x-amz-copy-source': '/b/k' }
    expect(match(s3, 'PUT', '/b/k', '', labels)?.operation).toBe('CopyObject')
    const query = 'partNumber=1&uploadId=u'
    expect(match(s3, 'PUT', '/b/k', query, labels)?.operation).toBe('UploadPartCopy')
  })
})

test('a literal path is more certain than a caller’s word', () => {
  const exact = match(data, 'POST', '/PutAuditEvents', 'channelArn=arn:a')
  expect(exact).toEqual({ operation: 'PutAuditEvents', labels: {}, literals: 1 })
  expect(match(data, 'POST', '/PutAuditEvents')?.operation).toBe('PutAuditEvents')
  expect(match(data, 'POST', '/putauditevents')).toBeUndefined()
})
