// A trail's bucket as delivery leaves it: log files, and a chain of digests over them.
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import {
  type BuiltDigest,
  buildDigest,
  type DeliveredFile,
  type Link,
} from '../src/digest/build.ts'
import { sha256Hex } from '../src/digest/content.ts'
import { type Chain, logFileKey } from '../src/digest/names.ts'
import { fingerprintOf, type PublicKey } from '../src/digest/public-key.ts'
import type { StoredObject } from '../src/digest/source.ts'

const minute = 60_000
export const hour = 60 * minute
export const chainStart = Date.parse('2026-11-20T03:09:29Z')

export type Signer = Readonly<{ privateKey: KeyObject; fingerprint: string; publicKey: PublicKey }>

export function makeSigner(validity: { validFrom?: number; validUntil?: number } = {}): Signer {
  const { privateKey, publicKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const fingerprint = fingerprintOf(key)
  return { privateKey, fingerprint, publicKey: { fingerprint, key, ...validity } }
}

export type ChainShape = Readonly<{
  signer: Signer
  bucket?: string
  chain?: Partial<Chain>
  digests?: number
  filesPerDigest?: number
  recordsPerFile?: number
  start?: number
  /** The link that the first digest has. */
  previous?: Link | null
  generatedAt?: number
  /** Makes file names of one chain differ from another's. */
  salt?: string
}>

export type TestObject = { body: Buffer; metadata?: StoredObject['metadata'] }

export type TestChain = {
  readonly bucket: string
  readonly chain: Chain
  readonly objects: Map<string, TestObject>
  readonly digests: BuiltDigest[]
  readonly logs: DeliveredFile[]
  /** Of the newest digest. */
  end: number
}

export const testChain: Chain = {
  prefix: '',
  accountId: '111122223333',
  region: 'us-east-1',
  trailName: 'main',
  homeRegion: 'us-east-1',
  backfill: false,
}

/** Digests an hour long, each with its log files in the five-minute grid of its hour. */
export function makeChain(shape: ChainShape): TestChain {
  const { signer, bucket = 'audit', digests = 3, filesPerDigest = 2, recordsPerFile = 3 } = shape
  const chain = { ...testChain, ...shape.chain }
  const start = shape.start ?? chainStart
  const made: TestChain = {
    bucket,
    chain,
    objects: new Map(),
    digests: [],
    logs: [],
    end: start + digests * hour,
  }
  let previous = shape.previous ?? null
  for (let i = 0; i < digests; i++) {
    const startTime = start + i * hour
    const files = Array.from({ length: filesPerDigest }, (_, n) => {
      const time = startTime + ((n * 7) % 11) * 5 * minute + 5 * minute
      return addLog(made, {
        time,
        unique: uniquePart(`${shape.salt ?? ''}${i}x${n}`),
        recordsPerFile,
      })
    })
    const { generatedAt } = shape
    const contents = {
      chain,
      bucket,
      startTime,
      endTime: startTime + hour,
      previous,
      files,
      generatedAt,
    }
    const built = buildDigest(contents, signer)
    made.digests.push(built)
    made.objects.set(built.key, { body: built.stored, metadata: built.metadata })
    previous = built.link
  }
  return made
}

/** Puts a log file into the bucket, in no digest yet. */
export function addLog(
  { bucket, chain, objects, logs }: TestChain,
  options: {
    time: number
    unique: string
    recordsPerFile?: number
    content?: string
    modified?: number
  },
): DeliveredFile {
  const time = Math.ceil(options.time / (5 * minute)) * 5 * minute
  const key = logFileKey({ ...chain, kind: 'CloudTrail', time, unique: options.unique })
  const count = options.recordsPerFile ?? 3
  const records = Array.from({ length: count }, (_, n) =>
    record(`${options.unique}-${n}`, time - minute),
  )
  const content = Buffer.from(options.content ?? JSON.stringify({ Records: records }))
  const sha256 = sha256Hex(content)
  const file = {
    bucket,
    key,
    sha256,
    newestEventTime: time - minute,
    oldestEventTime: time - minute,
  }
  const { modified } = options
  objects.set(key, { body: gzipSync(content), metadata: {}, ...(modified && { modified }) })
  logs.push(file)
  return file
}

export function uniquePart(text: string): string {
  return text
    .replace(/[^A-Za-z0-9]/g, '')
    .padEnd(16, 'u')
    .slice(0, 16)
}

function record(id: string, ms: number): object {
  return {
    eventVersion: '1.11',
    userIdentity: { type: 'IAMUser', userName: 'alice "{[" \\', accountId: '111122223333' },
    eventTime: `${new Date(ms).toISOString().slice(0, 19)}Z`,
    eventSource: 's3.amazonaws.com',
    eventName: 'PutObject',
    requestParameters: { key: `reports/${id}.csv`, tags: ['}', ']', '"'] },
    eventID: `event-${id}`,
  }
}
