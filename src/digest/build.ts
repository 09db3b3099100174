import type { KeyObject } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { isoSeconds } from '../clock.ts'
import { sha256Hex } from './content.ts'
import type { DigestDocument, LogFileEntry } from './document.ts'
import { type Chain, digestKey } from './names.ts'
import { signatureAlgorithm, signText, stringToSign } from './signature.ts'

/**
 * What a digest keeps of the one before it. It must come from the state that was kept when that one
 * was built, never from the bucket: else whoever edits the last digest has it confirmed by the next.
 */
export type Link = Readonly<{ bucket: string; key: string; sha256: string; signature: string }>

/** A log file that was delivered: hash of its content, times of its newest and oldest event. */
export type DeliveredFile = Readonly<{
  bucket: string
  key: string
  sha256: string
  /** Milliseconds since the epoch. */
  newestEventTime: number
  oldestEventTime: number
}>

export type DigestContents = Readonly<{
  chain: Chain
  bucket: string
  /** The end of the digest before it; log files delivered from here … */
  startTime: number
  /** … to here are listed. It is in the key as well. */
  endTime: number
  /** Null for the first of a chain: validation or logging was just started. */
  previous: Link | null
  files: readonly DeliveredFile[]
  /** When a backfill digest was made; needed where `chain.backfill`. */
  generatedAt?: number
}>

/** A digest ready to be stored, and the link for the one after it. */
export type BuiltDigest = Readonly<{
  document: DigestDocument
  key: string
  /** What is hashed and signed. */
  content: Buffer
  /** What is stored: the content, gzipped; the same for the same content. */
  stored: Buffer
  /** User metadata of the object, names without `x-amz-meta-`. */
  metadata: Readonly<Record<string, string>>
  link: Link
}>

/**
 * Builds and signs a digest. The same contents and key give the same bytes, so that an upload may be
 * repeated.
 */
export function buildDigest(
  contents: DigestContents,
  signer: Readonly<{ privateKey: KeyObject; fingerprint: string }>,
): BuiltDigest {
  const document = documentOf(contents, signer.fingerprint)
  const content = Buffer.from(JSON.stringify(document))
  const sha256 = sha256Hex(content)
  const signature = signText(stringToSign(document, sha256), signer.privateKey)
  const key = document.digestS3Object
  return {
    document,
    key,
    content,
    stored: gzipSync(content),
    metadata: {
      signature,
      'signature-algorithm': signatureAlgorithm,
      ...(contents.chain.backfill ? backfillMetadata(contents.generatedAt) : {}),
    },
    link: { bucket: contents.bucket, key, sha256, signature },
  }
}

function documentOf(contents: DigestContents, fingerprint: string): DigestDocument {
  const { chain, bucket, startTime, endTime, previous, files } = contents
  return {
    awsAccountId: chain.accountId,
    digestStartTime: isoSeconds(startTime),
    digestEndTime: isoSeconds(endTime),
    digestS3Bucket: bucket,
    digestS3Object: digestKey({ ...chain, endTime }),
    digestPublicKeyFingerprint: fingerprint,
    digestSignatureAlgorithm: signatureAlgorithm,
    newestEventTime: extreme(files, 'newestEventTime', Math.max),
    oldestEventTime: extreme(files, 'oldestEventTime', Math.min),
    previousDigestS3Bucket: previous?.bucket ?? null,
    previousDigestS3Object: previous?.key ?? null,
    previousDigestHashValue: previous?.sha256 ?? null,
    previousDigestHashAlgorithm: previous ? 'SHA-256' : null,
    previousDigestSignature: previous?.signature ?? null,
    logFiles: files.map(entryOf),
  }
}

function entryOf(file: DeliveredFile): LogFileEntry {
  return {
    s3Bucket: file.bucket,
    s3Object: file.key,
    hashValue: file.sha256,
    hashAlgorithm: 'SHA-256',
    newestEventTime: isoSeconds(file.newestEventTime),
    oldestEventTime: isoSeconds(file.oldestEventTime),
  }
}

function extreme(
  files: readonly DeliveredFile[],
  field: 'newestEventTime' | 'oldestEventTime',
  choose: (a: number, b: number) => number,
): string | null {
  if (files.length === 0) return null
  return isoSeconds(files.map((file) => file[field]).reduce((a, b) => choose(a, b)))
}

function backfillMetadata(generatedAt: number | undefined): Record<string, string> {
  if (generatedAt === undefined) throw new Error('a backfill digest needs the time it was made at')
  return { 'backfill-generation-timestamp': new Date(generatedAt).toISOString() }
}
