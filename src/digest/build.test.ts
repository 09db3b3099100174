import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { chainStart, hour, makeSigner, testChain } from '../../test/digest-chain.ts'
import { buildDigest } from './build.ts'
import { sha256Hex } from './content.ts'
import { parseDigest } from './document.ts'
import { stringToSign, verifyText } from './signature.ts'

const signer = makeSigner()
const contents = {
  chain: testChain,
  bucket: 'audit',
  startTime: chainStart,
  endTime: chainStart + hour,
  previous: null,
  files: [],
}
const file = {
  bucket: 'audit',
  key: 'AWSLogs/1.json.gz',
  sha256: 'ab',
  newestEventTime: chainStart + 500,
  oldestEventTime: chainStart - hour,
}

describe('a digest', () => {
  test('has every field, in the order of AWS, and what proves it', () => {
    const previous = { bucket: 'old', key: 'k', sha256: 'cd', signature: 'ef' }
    const older = { ...file, oldestEventTime: chainStart - 2 * hour, newestEventTime: chainStart }
    const built = buildDigest({ ...contents, previous, files: [file, older] }, signer)
    const key =
      'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/11/20/111122223333_CloudTrail-Digest_us-east-1_main_us-east-1_20261120T040929Z.json.gz'
    const entry = {
      s3Bucket: 'audit',
      s3Object: file.key,
      hashValue: 'ab',
      hashAlgorithm: 'SHA-256',
    }
    const expected = {
      awsAccountId: '111122223333',
      digestStartTime: '2026-11-20T03:09:29Z',
      digestEndTime: '2026-11-20T04:09:29Z',
      digestS3Bucket: 'audit',
      digestS3Object: key,
      digestPublicKeyFingerprint: signer.fingerprint,
      digestSignatureAlgorithm: 'SHA256withRSA',
      newestEventTime: '2026-11-20T03:09:29Z',
      oldestEventTime: '2026-11-20T01:09:29Z',
      previousDigestS3Bucket: 'old',
      previousDigestS3Object: 'k',
      previousDigestHashValue: 'cd',
      previousDigestHashAlgorithm: 'SHA-256',
      previousDigestSignature: 'ef',
      logFiles: [
        {
          ...entry,
          newestEventTime: '2026-11-20T03:09:29Z',
          oldestEventTime: '2026-11-20T02:09:29Z',
        },
        {
          ...entry,
          newestEventTime: '2026-11-20T03:09:29Z',
          oldestEventTime: '2026-11-20T01:09:29Z',
        },
      ],
    }
    expect(built.content.toString()).toBe(JSON.stringify(expected))
    expect(gunzipSync(built.stored)).toEqual(built.content)
    expect(built.key).toBe(key)
    const { signature } = built.metadata
    expect(built.metadata).toEqual({ signature, 'signature-algorithm': 'SHA256withRSA' })
    const sha256 = sha256Hex(built.content)
    expect(verifyText(stringToSign(built.document, sha256), signature!, signer.publicKey.key)).toBe(
      true,
    )
    expect(built.link).toEqual({ bucket: 'audit', key, sha256, signature })
  })

  test('at the start of a chain and without files has null where there is nothing', () => {
    const { document } = buildDigest(contents, signer)
    const empty = Object.entries(document).filter(([, value]) => value === null)
    expect(empty.map(([name]) => name)).toEqual([
      'newestEventTime',
      'oldestEventTime',
      'previousDigestS3Bucket',
      'previousDigestS3Object',
      'previousDigestHashValue',
      'previousDigestHashAlgorithm',
      'previousDigestSignature',
    ])
    expect(document.logFiles).toEqual([])
  })

  test('is the same each time it is built, and can be read', () => {
    const [one, two] = [buildDigest(contents, signer), buildDigest(contents, signer)]
    expect(one.stored).toEqual(two.stored)
    expect(one.metadata).toEqual(two.metadata)
    expect(parseDigest(one.content)).toEqual(one.document)
  })

  test('of a backfill says when it was made', () => {
    const chain = { ...testChain, backfill: true }
    const built = buildDigest({ ...contents, chain, generatedAt: chainStart }, signer)
    expect(built.metadata['backfill-generation-timestamp']).toBe('2026-11-20T03:09:29.000Z')
    expect(built.key).toMatch(/Z_backfill\.json\.gz$/)
    expect(() => buildDigest({ ...contents, chain }, signer)).toThrow('backfill')
  })
})

describe('what is no digest is refused', () => {
  const { document } = buildDigest(contents, signer)
  test.each([
    ['is not JSON', '{'],
    ['is not JSON', '\xff'],
    ['is no JSON object', 'null'],
    ['has no awsAccountId', {}],
    ['has no digestS3Object', { ...document, digestS3Object: 7 }],
    ['digestEndTime is no time', { ...document, digestEndTime: 'yesterday' }],
    ['digestStartTime is no time', { ...document, digestStartTime: '2026-11-20T03:09:29.5Z' }],
    ['has half a link', { ...document, previousDigestHashValue: 'ab' }],
    ['has no link', { ...document, previousDigestSignature: undefined }],
    ['logFiles is not a list', { ...document, logFiles: undefined }],
    ['logFiles is not a list', { ...document, logFiles: [null] }],
    ['logFiles is not a list', { ...document, logFiles: [{ s3Bucket: 'b', s3Object: 'k' }] }],
  ])('%s: %j', (reason, value) => {
    const text = typeof value === 'string' ? Buffer.from(value, 'latin1') : JSON.stringify(value)
    expect(() => parseDigest(Buffer.from(text))).toThrow(reason)
  })
})
