import { createHmac } from 'node:crypto'
import { ApiError } from '../errors.ts'
import type { Arrival } from './arrival.ts'
import { ByteReader } from './sigv4/byte-reader.ts'
import { signatureMismatch } from './sigv4/chunked-body.ts'
import { headersByName, queryPairs } from './sigv4/request-head.ts'
import { sameText } from './sigv4/signing-key.ts'
import { type Claim, type Credential, unknownKey, type VerifiedCall } from './sigv4/verify.ts'

/**
 * Parameters that are part of what is asked for, and so of what is signed. Whatever tells one operation
 * from another is here, also what is younger than this signature: a URL to put an object must not become
 * one to lock it.
 */
const signedParameters = new Set(
  (
    'abac accelerate acl analytics attributes cors delete encryption intelligent-tiering ' +
    'inventory legal-hold lifecycle location logging metadataConfiguration ' +
    'metadataInventoryTable metadataJournalTable metadataTable metrics notification ' +
    'object-lock ownershipControls partNumber policy policyStatus publicAccessBlock ' +
    'renameObject replication requestPayment response-cache-control ' +
    'response-content-disposition response-content-encoding response-content-language ' +
    'response-content-type response-expires restore retention select select-type session ' +
    'storageClass tagging torrent uploadId uploads versionId versioning versions website'
  ).split(' '),
)

/**
 * The claim of a URL presigned with S3's first signature, as `aws s3 presign` of the AWS CLI 1 makes them;
 * undefined for any other request. It names neither a Region nor a day.
 */
export function readPresignedV2(head: Arrival['head']): Claim | undefined {
  const given = new Map(queryPairs(head))
  const accessKeyId = given.get('AWSAccessKeyId')
  const signature = given.get('Signature')
  if (accessKeyId === undefined || signature === undefined) return undefined
  const scope = { timestamp: '', date: '', region: '', service: 's3', terminator: '' }
  const expires = given.get('Expires')
  const claim = { accessKeyId, signature, signedHeaders: [], expires, ...scope }
  return { kind: 'QueryString', version: 'SigV2', ...claim }
}

/**
 * Proves that the holder of the key signed this URL. Throws ApiError SignatureDoesNotMatch,
 * InvalidClientTokenId, and AccessDenied when its time is over.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
 */
export function verifyPresignedV2(
  arrival: Arrival,
  claim: Claim,
  { credential, now }: Readonly<{ credential: Credential | undefined; now: number }>,
): VerifiedCall {
  const { signature, expires = '' } = claim
  if (!credential?.active || credential.sessionToken !== undefined) throw unknownKey(claim)
  const text = stringToSign(arrival, expires)
  const expected = createHmac('sha1', credential.secret).update(text, 'latin1').digest('base64')
  if (!sameText(expected, signature)) throw signatureMismatch()
  if (!/^\d{1,12}$/.test(expires) || Number(expires) * 1000 < now) {
    throw new ApiError('AccessDenied', 'Request has expired')
  }
  return { decodeBody: (source) => new ByteReader(source).rest() }
}

function stringToSign({ head, path, hostBucket }: Arrival, expires: string): string {
  const headers = headersByName(head)
  const one = (name: string) => headers.get(name)?.join(',') ?? ''
  const own = [...headers.keys()].filter((name) => name.startsWith('x-amz-')).sort()
  const resource = (hostBucket === undefined ? '' : `/${hostBucket}`) + path
  const asked = queryPairs(head)
    .filter(([name]) => signedParameters.has(name))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
    .sort()
  return [
    head.method,
    one('content-md5'),
    one('content-type'),
    expires,
    ...own.map((name) => `${name}:${one(name).trim()}`),
    resource + (asked.length > 0 ? `?${asked.join('&')}` : ''),
  ].join('\n')
}
