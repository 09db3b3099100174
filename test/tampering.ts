// What may be done to a trail's bucket: each row of docs/tampering.md.
import { gzipSync } from 'node:zlib'
import type { FindingKind } from '../src/digest/finding.ts'
import { addLog, hour, makeChain, type Signer, type TestChain, uniquePart } from './digest-chain.ts'
import {
  addDigest,
  appendBytes,
  copyObject,
  editDigest,
  filesOf,
  rebuildDigest,
  removeDigests,
  replaceContent,
  restartChain,
  swapObjects,
} from './digest-edits.ts'

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
    touch: (made) => replaceContent(made, made.logs[22]!.key, '{"Records":[{"eventID":"forged"}]}'),
    finds: ['log-changed'],
    exitCode: 1,
  },
  {
    on: 'log file',
    what: 'appended to: a second gzip member, which readers see',
    touch: (made) => appendBytes(made, made.logs[22]!.key, gzipSync('{"eventID":"forged"}')),
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
    touch: (made) => copyObject(made, made.logs[12]!.key, made.logs[22]!.key),
    finds: ['log-changed', 'records-repeated'],
    exitCode: 1,
  },
  {
    on: 'log file',
    what: 'swapped with another',
    touch: (made) => swapObjects(made, made.logs[22]!.key, made.logs[42]!.key),
    finds: ['log-changed'],
    exitCode: 1,
  },
  {
    on: 'log file',
    what: 'changed, and its digest signed again with another key',
    touch: (made, { stranger }) => {
      const forged = replaceContent(made, made.logs[22]!.key, '{"Records":[{"eventID":"forged"}]}')
      const files = filesOf(made, 4).map((file) =>
        file.key === forged.key ? { ...file, ...forged } : file,
      )
      rebuildDigest(made, 4, stranger, { files })
    },
    finds: ['key-unknown'],
    exitCode: 1,
  },
  {
    on: 'log file',
    what: 'from the time before the chain was restarted, in no digest',
    touch: (made, { honest }) => {
      restartChain(made, honest, { hours: 5, digests: 1 })
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
    touch: (made) => editDigest(made, 4),
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
    touch: (made) => removeDigests(made, 6),
    finds: ['chain-ended', 'log-in-gap', 'log-pending'],
    exitCode: 3,
  },
  {
    on: 'digest',
    what: 'replaced by an older one',
    touch: (made) => copyObject(made, made.digests[2]!.key, made.digests[4]!.key),
    finds: ['digest-moved', 'log-unproven'],
    exitCode: 1,
  },
  {
    on: 'digest',
    what: 'replaced by an older version of itself, properly signed',
    touch: (made, { honest }) =>
      rebuildDigest(made, 4, honest, { files: filesOf(made, 4).slice(0, 3) }),
    finds: ['digest-replaced', 'log-unproven'],
    exitCode: 1,
  },
  {
    on: 'digest',
    what: 'swapped with another',
    touch: (made) => swapObjects(made, made.digests[4]!.key, made.digests[8]!.key),
    finds: ['digest-moved', 'log-unproven'],
    exitCode: 1,
  },
  {
    on: 'digest',
    what: 'emptied, and signed again with an unknown key',
    touch: (made, { stranger }) => rebuildDigest(made, 4, stranger, { files: [] }),
    finds: ['key-unknown', 'log-unproven'],
    exitCode: 1,
  },
  {
    on: 'digest',
    what: 'emptied, and signed again with another key that the endpoint lists',
    touch: (made, { insider }) => rebuildDigest(made, 4, insider, { files: [] }),
    finds: ['digest-replaced', 'log-unproven'],
    exitCode: 1,
  },
  {
    on: 'digest',
    what: 'signed again with another key, in the name of the right one',
    touch: (made, { honest, stranger }) =>
      rebuildDigest(made, 4, { ...stranger, fingerprint: honest.fingerprint }, { files: [] }),
    finds: ['digest-changed', 'log-unproven'],
    exitCode: 1,
  },
  {
    on: 'digest',
    what: 'chain restarted five hours later',
    touch: (made, { honest }) => restartChain(made, honest, { hours: 5, digests: 1 }),
    hoursNeeded: 6,
    finds: ['chain-restarted'],
    exitCode: 3,
  },
  {
    on: 'digest',
    what: 'chain restarted, the old one deleted',
    touch: (made, { honest }) => {
      restartChain(made, honest, { hours: 5, digests: 1 })
      removeDigests(made, 0)
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
