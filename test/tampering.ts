// What may be done to a trail's bucket: each row of docs/tampering.md.
import { gzipSync } from 'node:zlib'
import { buildDigest, type DeliveredFile } from '../src/digest/build.ts'
import { sha256Hex } from '../src/digest/content.ts'
import type { FindingKind } from '../src/digest/finding.ts'
import { addLog, hour, makeChain, type Signer, type TestChain, uniquePart } from './digest-chain.ts'

/** The honest key, one that nobody knows, and one that the endpoint lists as well. */
export type Keys = Readonly<{ honest: Signer; stranger: Signer; insider: Signer }>

export type Tampering = Readonly<{
  on: 'log file' | 'digest'
  what: string
  touch(made: TestChain, keys: Keys): void
  /** After the chain's end, for what happens there. */
  hoursNeeded?: number
  /** The kinds that `contrail verify` must find. */
  finds: readonly FindingKind[]
  exitCode: 0 | 1 | 3
}>

const minute = 60_000
const filesPerDigest = 5

export const tamperings: readonly Tampering[] = [
  {
    on: 'log file',
    what: 'changed',
    touch: (made) => put(made, made.logs[22]!.key, '{"Records":[{"eventID":"forged"}]}'),
    finds: ['log-changed'],
    exitCode: 1,
  },
  {
    on: 'log file',
    what: 'appended to: a second gzip member, which readers see',
    touch: (made) => append(made, made.logs[22]!.key, gzipSync('{"eventID":"forged"}')),
    finds: ['log-changed'],
    exitCode: 1,
  },
  {
    on: 'log file',
    what: 'deleted',
    touch: (made) => made.objects.delete(made.logs[22]!.key),
    finds: ['log-missing'],
    exitCode: 1,
  },
  {
    on: 'log file',
    what: 'replaced by an older one',
    touch: (made) => copy(made, made.logs[12]!.key, made.logs[22]!.key),
    finds: ['log-changed', 'records-repeated'],
    exitCode: 1,
  },
  {
    on: 'log file',
    what: 'swapped with another',
    touch: (made) => swap(made, made.logs[22]!.key, made.logs[42]!.key),
    finds: ['log-changed'],
    exitCode: 1,
  },
  {
    on: 'log file',
    what: 'changed, and its digest signed again with another key',
    touch: (made, { stranger }) => {
      const forged = put(made, made.logs[22]!.key, '{"Records":[{"eventID":"forged"}]}')
      const files = filesOf(made, 4).map((file) =>
        file.key === forged.key ? { ...file, ...forged } : file,
      )
      resign(made, 4, { files }, stranger)
    },
    finds: ['key-unknown'],
    exitCode: 1,
  },
  {
    on: 'log file',
    what: 'from the time before the chain was restarted, in no digest',
    touch: (made, { honest }) => {
      restart(made, honest)
      addLog(made, { time: made.end - 270 * minute, unique: uniquePart('off') })
    },
    hoursNeeded: 6,
    finds: ['chain-restarted', 'log-in-gap'],
    exitCode: 3,
  },
  {
    on: 'log file',
    what: 'delivered with the clock set back by 3 hours',
    touch: (made, { honest }) => {
      const late = addLog(made, { time: made.end - 4 * hour, unique: uniquePart('late') })
      addDigest(made, honest, { files: [late] })
    },
    hoursNeeded: 1,
    finds: ['log-late'],
    exitCode: 0,
  },
  {
    on: 'log file',
    what: 'added by somebody else',
    touch: (made) => addLog(made, { time: made.end - 7 * hour, unique: uniquePart('added') }),
    finds: ['log-unlisted'],
    exitCode: 1,
  },
  {
    on: 'digest',
    what: 'changed',
    touch: (made) => {
      const { key, content } = made.digests[4]!
      put(made, key, content.toString().replace('"SHA-256"', '"SHA-257"'))
    },
    finds: ['digest-changed'],
    exitCode: 1,
  },
  {
    on: 'digest',
    what: 'deleted',
    touch: (made) => made.objects.delete(made.digests[4]!.key),
    finds: ['digest-missing', 'log-unproven'],
    exitCode: 1,
  },
  {
    on: 'digest',
    what: 'deleted, the last six of the chain',
    touch: (made) => {
      for (const { key } of made.digests.slice(6)) made.objects.delete(key)
    },
    finds: ['chain-ended', 'log-in-gap', 'log-pending'],
    exitCode: 3,
  },
  {
    on: 'digest',
    what: 'replaced by an older one',
    touch: (made) => copy(made, made.digests[2]!.key, made.digests[4]!.key),
    finds: ['digest-moved', 'log-unproven'],
    exitCode: 1,
  },
  {
    on: 'digest',
    what: 'replaced by an older version of itself, properly signed',
    touch: (made, { honest }) => resign(made, 4, { files: filesOf(made, 4).slice(0, 3) }, honest),
    finds: ['digest-replaced', 'log-unproven'],
    exitCode: 1,
  },
  {
    on: 'digest',
    what: 'swapped with another',
    touch: (made) => swap(made, made.digests[4]!.key, made.digests[8]!.key),
    finds: ['digest-moved', 'log-unproven'],
    exitCode: 1,
  },
  {
    on: 'digest',
    what: 'emptied, and signed again with an unknown key',
    touch: (made, { stranger }) => resign(made, 4, { files: [] }, stranger),
    finds: ['key-unknown', 'log-unproven'],
    exitCode: 1,
  },
  {
    on: 'digest',
    what: 'emptied, and signed again with another key that the endpoint lists',
    touch: (made, { insider }) => resign(made, 4, { files: [] }, insider),
    finds: ['digest-replaced', 'log-unproven'],
    exitCode: 1,
  },
  {
    on: 'digest',
    what: 'signed again with another key, in the name of the right one',
    touch: (made, { honest, stranger }) =>
      resign(made, 4, { files: [] }, { ...stranger, fingerprint: honest.fingerprint }),
    finds: ['digest-changed', 'log-unproven'],
    exitCode: 1,
  },
  {
    on: 'digest',
    what: 'chain restarted five hours later',
    touch: (made, { honest }) => restart(made, honest),
    hoursNeeded: 6,
    finds: ['chain-restarted'],
    exitCode: 3,
  },
  {
    on: 'digest',
    what: 'chain restarted, the old one deleted',
    touch: (made, { honest }) => {
      restart(made, honest)
      for (const { key } of made.digests) made.objects.delete(key)
    },
    hoursNeeded: 6,
    finds: ['log-in-gap'],
    exitCode: 3,
  },
  {
    on: 'digest',
    what: 'made with the clock set back by half an hour',
    touch: (made, { honest }) => addDigest(made, honest, { late: -30 * minute }),
    hoursNeeded: 1,
    finds: ['digest-overlap'],
    exitCode: 1,
  },
  {
    on: 'digest',
    what: 'made with the clock set back by five and a half hours',
    touch: (made, { honest }) => addDigest(made, honest, { late: -330 * minute }),
    finds: ['digest-out-of-order'],
    exitCode: 1,
  },
]

/** Twelve digests with five log files each; the last ended ten minutes before what is done to them needs room for. */
export function bucketFor(
  { hoursNeeded = 0 }: Tampering,
  { honest }: Keys,
  now: number,
): TestChain {
  const end = Math.floor((now - hoursNeeded * hour - 10 * minute) / 1000) * 1000
  return makeChain({ signer: honest, digests: 12, filesPerDigest, start: end - 12 * hour })
}

function filesOf(made: TestChain, n: number): DeliveredFile[] {
  return made.logs.slice(n * filesPerDigest, (n + 1) * filesPerDigest)
}

/** Replaces an object's content and leaves its metadata. */
function put(made: TestChain, key: string, content: string): { key: string; sha256: string } {
  made.objects.get(key)!.body = gzipSync(content)
  return { key, sha256: sha256Hex(Buffer.from(content)) }
}

function append(made: TestChain, key: string, more: Buffer): void {
  const object = made.objects.get(key)!
  object.body = Buffer.concat([object.body, more])
}

function copy(made: TestChain, from: string, to: string): void {
  made.objects.set(to, made.objects.get(from)!)
}

function swap(made: TestChain, a: string, b: string): void {
  const first = made.objects.get(a)!
  copy(made, b, a)
  made.objects.set(b, first)
}

/** Builds the n-th digest again, with other contents or another key, and the same link. */
function resign(
  made: TestChain,
  n: number,
  change: { files: readonly DeliveredFile[] },
  signer: Signer,
) {
  const { chain, bucket } = made
  const startTime = Date.parse(made.digests[n]!.document.digestStartTime)
  const previous = made.digests[n - 1]!.link
  const built = buildDigest(
    { chain, bucket, startTime, endTime: startTime + hour, previous, ...change },
    signer,
  )
  made.objects.set(built.key, { body: built.stored, metadata: built.metadata })
}

/** One more digest, which begins `late` after the last has ended. */
function addDigest(
  made: TestChain,
  signer: Signer,
  change: { late?: number; files?: readonly DeliveredFile[] },
) {
  const { chain, bucket } = made
  const { late = 0, files = [] } = change
  const startTime = made.end + late
  const previous = made.digests.at(-1)!.link
  const built = buildDigest(
    { chain, bucket, startTime, endTime: startTime + hour, previous, files },
    signer,
  )
  made.objects.set(built.key, { body: built.stored, metadata: built.metadata })
  made.digests.push(built)
  made.end = Math.max(made.end, startTime + hour)
}

/** A second chain of the trail, five hours later, of one digest. */
function restart(made: TestChain, signer: Signer): void {
  const second = makeChain({ signer, start: made.end + 5 * hour, digests: 1, salt: 'r' })
  for (const [key, object] of second.objects) made.objects.set(key, object)
  made.end = second.end
}
