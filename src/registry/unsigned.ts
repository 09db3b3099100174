import type { AnswerHead } from './answer.ts'
import { type CallHead, type Headers, headersOf } from './headers.ts'

/** Not what CloudFront and load balancers add on the way, whatever is behind them. */
const ofAws = /^x-amzn?-(?!cf-|trace-id$)/

/** Health, metrics and administration of MinIO, no bucket there: answered with S3's headers all the same. */
const ofMinio = /^\/minio\/./

/**
 * Whether the upstream may be taken for one that AWS's clients speak to, where a request is unsigned and
 * names nothing but a path. S3 names its requests in a header, gives objects a strong ETag and says
 * everything else in XML; web servers and health checks do none of this. A caller has no part in it: what an
 * S3 server says cannot be made to look like something else.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTCommonResponseHeaders.html
 */
export function mayBeAws({ method, target }: CallHead, answer: AnswerHead): boolean {
  const headers = headersOf(answer)
  const isNamed = Object.keys(headers).some((name) => ofAws.test(name))
  if (isNamed && !ofMinio.test(target)) return true
  if (headers['etag']?.startsWith('"') || isXml(headers)) return true
  // What was written or deleted may be answered with nothing at all.
  const isRead = method === 'GET' || method === 'HEAD'
  return !isRead && headers['content-type'] === undefined
}

function isXml(headers: Headers): boolean {
  return /^(application|text)\/xml\b/i.test(headers['content-type'] ?? '')
}
