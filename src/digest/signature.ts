import { type KeyObject, sign, verify } from 'node:crypto'
import type { DigestDocument } from './document.ts'

/** The only way CloudTrail signs: RSASSA-PKCS1-v1_5 over SHA-256. */
export const signatureAlgorithm = 'SHA256withRSA'

type Signed = Pick<
  DigestDocument,
  'digestEndTime' | 'digestS3Bucket' | 'digestS3Object' | 'previousDigestSignature'
>

/**
 * The text that a digest's signature covers: four lines, no line feed at the end. `contentSha256` is
 * the hex hash of the digest's JSON as stored.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
 */
export function stringToSign(document: Signed, contentSha256: string): string {
  return [
    document.digestEndTime,
    `${document.digestS3Bucket}/${document.digestS3Object}`,
    contentSha256,
    document.previousDigestSignature ?? 'null',
  ].join('\n')
}

/** Lower-case hex, 512 digits with a key of 2,048 bits. */
export function signText(text: string, privateKey: KeyObject): string {
  return sign('RSA-SHA256', Buffer.from(text), privateKey).toString('hex')
}

/** False too for a signature that is not hex. */
export function verifyText(text: string, signature: string, publicKey: KeyObject): boolean {
  if (!/^(?:[0-9a-f]{2})+$/i.test(signature)) return false
  return verify('RSA-SHA256', Buffer.from(text), publicKey, Buffer.from(signature, 'hex'))
}
