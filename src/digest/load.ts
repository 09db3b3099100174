import { ContentError, inflateAll, sha256Hex } from './content.ts'
import { type DigestDocument, DigestFormatError, digestTime, parseDigest } from './document.ts'
import { type Finding, type FindingKind, finding } from './finding.ts'
import { chainOf, type DigestName, digestKey, parseDigestKey } from './names.ts'
import { type FindKey, isValidDuring, type PublicKey } from './public-key.ts'
import { signatureAlgorithm, stringToSign, verifyText } from './signature.ts'
import { liesAt, type Source, type StoredObject } from './source.ts'

const hour = 3600_000
/** AWS delivers a digest, and so signs it, at most three and a half hours after its end. */
const signedWithin = 5 * hour
/** How far the time a backfill digest was made may be from its signature, as the AWS CLI has it. */
const backfillTolerance = hour

/** A digest as it was found, with all that can be said of it alone. */
export type LoadedDigest = Readonly<{
  key: string
  name: DigestName
  /** Absent where there was nothing to read. */
  document?: DigestDocument
  startTime?: number
  /** Of its content; '' where there is none. */
  sha256: string
  /** What its own signature says; `absent` where there is none, or no key to check it with. */
  own: 'valid' | 'invalid' | 'absent'
  /** False for a copy that keeps no metadata: its own signature is not missing but lost. */
  hasMetadata: boolean
  publicKey?: PublicKey
  findings: readonly Finding[]
}>

export type LoadOptions = Readonly<{
  source: Source
  findKey: FindKey
  /** Milliseconds; a digest that ends later than this is from the future. */
  now: number | undefined
  inflatedBytesMax: number
}>

/** Reads a digest and checks its form, place, key and own signature. Undefined when it is not there. */
export async function loadDigest(
  key: string,
  name: DigestName,
  options: LoadOptions,
): Promise<LoadedDigest | undefined> {
  const stored = await options.source.get(key)
  if (!stored) return undefined
  const findings: Finding[] = []
  const add = (kind: FindingKind, message: string, related?: string) =>
    findings.push(
      finding(kind, message, { chain: chainOf(name), key, ...(related ? { related } : {}) }),
    )
  const base = { key, name, hasMetadata: stored.metadata !== undefined, findings }
  let content: Buffer
  let document: DigestDocument
  try {
    content = await inflateAll(stored.body, options.inflatedBytesMax)
    document = parseDigest(content)
  } catch (error) {
    if (!(error instanceof ContentError || error instanceof DigestFormatError)) throw error
    add('digest-unreadable', error.message)
    return { ...base, sha256: '', own: 'absent' }
  }
  const sha256 = sha256Hex(content)
  const startTime = digestTime(document.digestStartTime)!
  if (!liesAt(options.source, key, document.digestS3Bucket, document.digestS3Object)) {
    const own = `s3://${document.digestS3Bucket}/${document.digestS3Object}`
    add('digest-moved', `belongs to ${own}`, document.digestS3Object)
  } else {
    checkName(document, name, add)
  }
  checkTimes(document, startTime, options.now, add)
  const publicKey = await keyOf(document, name, stored, options.findKey, add)
  const signature = signatureOf(stored, name, add)
  const own =
    signature === undefined || publicKey === undefined
      ? 'absent'
      : verifyText(stringToSign(document, sha256), signature, publicKey.key)
        ? 'valid'
        : 'invalid'
  return { ...base, document, startTime, sha256, own, publicKey }
}

type Add = (kind: FindingKind, message: string) => void

/** The place is right, so the name it has is what it says itself; the rest of its content must agree. */
function checkName(document: DigestDocument, name: DigestName, add: Add): void {
  if (document.awsAccountId !== name.accountId) {
    add('digest-misnamed', `is of account ${document.awsAccountId} by its content`)
  }
  const ownName = parseDigestKey(document.digestS3Object)
  const endTime = digestTime(document.digestEndTime)!
  if (ownName && digestKey({ ...ownName, endTime }) !== document.digestS3Object) {
    add('digest-misnamed', `ends at ${document.digestEndTime} by its content`)
  }
}

function checkTimes(
  document: DigestDocument,
  startTime: number,
  now: number | undefined,
  add: Add,
): void {
  const { digestStartTime, digestEndTime } = document
  const endTime = digestTime(digestEndTime)!
  if (startTime >= endTime) {
    add('digest-times', `begins at ${digestStartTime} and ends at ${digestEndTime}`)
  }
  if (now !== undefined && endTime > now)
    add('digest-times', `ends in the future: ${digestEndTime}`)
}

async function keyOf(
  document: DigestDocument,
  name: DigestName,
  stored: StoredObject,
  findKey: FindKey,
  add: Add,
): Promise<PublicKey | undefined> {
  const fingerprint = document.digestPublicKeyFingerprint
  const { from, until } = signingTime(document, name, stored)
  const publicKey = await findKey({ fingerprint, region: name.region, from, until })
  if (!publicKey) {
    add('key-unknown', `signed with a key that is not known in ${name.region}: ${fingerprint}`)
  } else if (!isValidDuring(publicKey, from, until)) {
    add('key-outside-validity', `signed with key ${fingerprint}, which was not valid then`)
  }
  return publicKey
}

function signingTime(document: DigestDocument, name: DigestName, stored: StoredObject) {
  const endTime = digestTime(document.digestEndTime)!
  if (!name.backfill) return { from: endTime, until: endTime + signedWithin }
  const generated = Date.parse(stored.metadata?.['backfill-generation-timestamp'] ?? '')
  if (Number.isNaN(generated)) return { from: endTime, until: endTime + 30 * 24 * hour }
  return { from: generated - backfillTolerance, until: generated + backfillTolerance }
}

function signatureOf(stored: StoredObject, name: DigestName, add: Add): string | undefined {
  const { metadata } = stored
  if (!metadata) return undefined
  if (name.backfill && metadata['backfill-generation-timestamp'] === undefined) {
    add('metadata-missing', 'has no backfill-generation-timestamp in its metadata')
  }
  const algorithm = metadata['signature-algorithm']
  if (metadata['signature'] === undefined || algorithm === undefined) {
    add('metadata-missing', 'has no signature in its metadata')
  } else if (algorithm !== signatureAlgorithm) {
    add('metadata-missing', `has a signature of an unknown algorithm: ${algorithm.slice(0, 40)}`)
  }
  return algorithm === signatureAlgorithm ? metadata['signature'] : undefined
}
