import { queryPairs, type RequestHead } from '../wire/sigv4/request-head.ts'
import type { Headers } from './headers.ts'

/** For what a request is signed, by whom. Nothing of it is proven. */
export type CallScope = Readonly<{
  kind: 'AuthHeader' | 'QueryString'
  accessKeyId: string
  signingName: string
  /** SigV2 names none, and SigV4A may name all. */
  region?: string
}>

const formField =
  /name="x-amz-credential"\r\n(?:[\w-]+:[^\r\n]{0,200}\r\n){0,4}\r\n([^\r\n]{1,300})\r\n/i

/**
 * The scope in the Authorization header, in a presigned URL or in the form of a browser's upload to S3.
 * Undefined for an unsigned request, and where it cannot be read.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html
 */
export function readScope(
  head: RequestHead,
  headers: Headers,
  body: Buffer,
): CallScope | undefined {
  const authorization = headers['authorization']
  if (authorization !== undefined) return inHeader(authorization, headers['x-amz-region-set'])
  const query = new Map(queryPairs(head))
  const credential = query.get('X-Amz-Credential')
  if (credential !== undefined) {
    return fromCredential('QueryString', credential, query.get('X-Amz-Region-Set'))
  }
  const keyOfV2 = query.get('AWSAccessKeyId')
  if (keyOfV2 !== undefined && query.has('Signature')) return ofV2('QueryString', keyOfV2)
  if (!isUpload(headers)) return undefined
  const field = formField.exec(body.toString('latin1', 0, 16_384))?.[1]
  return field === undefined ? undefined : fromCredential('QueryString', field, undefined)
}

function isUpload(headers: Headers): boolean {
  return /^multipart\/form-data\b/i.test(headers['content-type'] ?? '')
}

function inHeader(authorization: string, regionSet: string | undefined): CallScope | undefined {
  const credential = /^AWS4-[\w-]+\s[\s\S]*?\bCredential=([^,\s]{1,300})/.exec(authorization)?.[1]
  if (credential !== undefined) {
    return fromCredential('AuthHeader', credential, regionSet)
  }
  const keyOfV2 = /^AWS ([^:\s]{1,128}):/.exec(authorization)?.[1]
  return keyOfV2 === undefined ? undefined : ofV2('AuthHeader', keyOfV2)
}

/** S3's first signature has no scope, and no other service takes it any more. */
function ofV2(kind: CallScope['kind'], accessKeyId: string): CallScope {
  return { kind, accessKeyId, signingName: 's3' }
}

/** `AKID/DATE/REGION/SERVICE/aws4_request`; SigV4A's has no Region. */
function fromCredential(
  kind: CallScope['kind'],
  credential: string,
  regionSet: string | undefined,
): CallScope | undefined {
  const parts = credential.split('/')
  if (parts.at(-1) !== 'aws4_request' || parts.length < 4 || parts.length > 5) return undefined
  const accessKeyId = parts[0]!
  const signingName = parts.at(-2)!.toLowerCase()
  const region = parts.length === 5 ? parts[2] : regionSet?.split(',')[0]?.trim()
  if (!/^[a-z0-9-]{1,64}$/.test(signingName) || accessKeyId === '') return undefined
  const isRegion = /^[a-z0-9-]{1,64}$/.test(region ?? '')
  return { kind, accessKeyId, signingName, ...(isRegion && { region }) }
}
