import type { Clock } from '../clock.ts'
import { ApiError, ConflictError } from '../errors.ts'
import type { LifecycleRule } from '../gen/s3-types.ts'
import type { Ids } from '../ids.ts'
import type { Rows, Transaction } from '../operation.ts'
import { type Blobs, type Bucket, findBucket, type ObjectVersion } from './contract.ts'
import { deleteMarker } from './delete-object.ts'
import { abortOf, enabledRules, type Verdict, verdictOn } from './lifecycle-rules.ts'
import { behindKeys, bucketIdOf, startOfKeys } from './object-place.ts'
import { addVersion, currentVersion, findVersion, removeVersion } from './object-rows.ts'
import { isProtected } from './retention.ts'
import { rowPages } from './row-pages.ts'
import { endUpload, findUpload, type Upload } from './uploads.ts'
import { VersionWalk } from './version-walk.ts'

export type LifecycleOptions = Readonly<{
  state: Readonly<{ begin(): Transaction; commit(tx: Transaction): Promise<void> }>
  blobs: Blobs
  clock: Clock
  ids: Ids
}>

type Change = Readonly<{ version: ObjectVersion; verdict: Exclude<Verdict, 'keep'> }>

/** Changes in one commit, and versions judged between two steps. */
const pageMax = 1_000

/** For how long a caller may ask again how a completed upload ended. */
const completedKept = 86_400_000

/**
 * Carries out the life-cycle rules of all buckets, once; S3 does it daily. Yields after each page and commit,
 * so that whoever drives it can stop: what is done stays done, and the next run finds the rest. Object Lock
 * is never touched, and what changes meanwhile is left to the next run. Transitions move nothing: there is
 * one kind of storage, and the storage class of an object is only a word. As with S3, none of it is a call,
 * so there is no record of it. Rejects with StorageError.
 */
export async function* runLifecycle(options: LifecycleOptions): AsyncGenerator<void> {
  const buckets = options.state.begin().list<Bucket>('bucket')
  for (const [, bucket] of buckets) {
    const rules = enabledRules(bucket)
    if (rules.length === 0) continue
    yield* expireObjects(bucket, rules, options)
  }
  yield* abortUploads(options)
  yield* forgetCompleted(options)
}

async function* expireObjects(
  bucket: Bucket,
  rules: readonly LifecycleRule[],
  options: LifecycleOptions,
): AsyncGenerator<void> {
  const { state, clock } = options
  const now = clock.now()
  let changes: Change[] = []
  let seen = 0
  for await (const { version, verdict } of judged(state.begin().rows, bucket, rules, now)) {
    if (++seen % pageMax === 0) yield
    if (verdict === 'keep') continue
    changes.push({ version, verdict })
    if (changes.length < pageMax) continue
    yield* carryOut(changes, bucket, options)
    changes = []
  }
  yield* carryOut(changes, bucket, options)
}

/** All versions of the bucket, each with what is to become of it. */
async function* judged(rows: Rows, bucket: Bucket, rules: readonly LifecycleRule[], now: number) {
  const range = { from: startOfKeys(bucket, ''), to: behindKeys(bucket, '') }
  const walk = new VersionWalk(rows, range)
  let newer: ObjectVersion | undefined
  let newerNoncurrent = 0
  for (let version = (await walk.next())?.version; version; ) {
    const next: ObjectVersion | undefined = (await walk.next())?.version
    const isCurrent = version.key !== newer?.key
    if (isCurrent) newerNoncurrent = 0
    const isOnly = isCurrent && next?.key !== version.key
    const noncurrentSince = isCurrent ? undefined : newer?.lastModified
    const standing = { isCurrent, isOnly, noncurrentSince, newerNoncurrent }
    yield { version, verdict: verdictOn(version, standing, rules, now) }
    if (!isCurrent) newerNoncurrent++
    newer = version
    version = next
  }
}

/**
 * Two commits: a transaction that takes a version away does not see that when it adds one to the same key.
 */
async function* carryOut(
  changes: readonly Change[],
  bucket: Bucket,
  options: LifecycleOptions,
): AsyncGenerator<void> {
  for (const wanted of ['remove', 'expire'] as const) {
    const some = changes.filter(({ verdict }) => verdict === wanted)
    if (some.length === 0) continue
    await commitAll(some, bucket, options)
    yield
  }
}

/** Where another writer came between, in halves: in the end only what that writer changed is left alone. */
async function commitAll(
  changes: readonly Change[],
  bucket: Bucket,
  options: LifecycleOptions,
): Promise<void> {
  const { state } = options
  const tx = state.begin()
  if (findBucket(tx, bucket.name)?.id !== bucket.id) return
  for (const change of changes) await carryOutOne(tx, change, bucket, options)
  try {
    if (tx.dirty) await state.commit(tx)
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error
    if (changes.length === 1) return
    const middle = changes.length >>> 1
    await commitAll(changes.slice(0, middle), bucket, options)
    await commitAll(changes.slice(middle), bucket, options)
  }
}

async function carryOutOne(
  tx: Transaction,
  { version, verdict }: Change,
  bucket: Bucket,
  { blobs, clock, ids }: LifecycleOptions,
): Promise<void> {
  const { key, versionId } = version
  const now = clock.now()
  const found =
    verdict === 'expire'
      ? await currentVersion(tx, bucket, key)
      : await findVersion(tx, bucket, key, versionId)
  if (!found || !isSame(found, version)) return
  if (verdict === 'expire' && bucket.versioning) {
    await addVersion(tx, bucket, deleteMarker(key, bucket), { clock, ids, blobs })
  } else if (!isProtected(found, { bypassGovernance: false }, now)) {
    await removeVersion(tx, bucket, found, blobs)
  }
}

/** The version that was judged, not a later one called `null` as well. */
function isSame(a: ObjectVersion, b: ObjectVersion): boolean {
  const same = a.versionId === b.versionId && a.lastModified === b.lastModified
  return same && a.etag === b.etag
}

/** Uploads that are due by a rule, and all of buckets that are gone; one a commit: it may have many parts. */
async function* abortUploads(options: LifecycleOptions): AsyncGenerator<void> {
  const { state, clock } = options
  const now = clock.now()
  for await (const page of rowPages<Upload>(state.begin().rows, 'upload')) {
    // Looked up behind the page: a bucket is there before its uploads are.
    const buckets = state.begin().list<Bucket>('bucket')
    const rulesOf = new Map(buckets.map(([, bucket]) => [bucket.id, enabledRules(bucket)]))
    for (const [row, upload] of page) {
      const bucket = { id: bucketIdOf(row) }
      const rules = rulesOf.get(bucket.id)
      const due = rules && (abortOf(upload, rules)?.at ?? Number.POSITIVE_INFINITY)
      if (due !== undefined && now < due) continue
      await abort(bucket, upload, options)
      yield
    }
    yield
  }
}

async function abort(
  bucket: Pick<Bucket, 'id'>,
  { key, id }: Pick<Upload, 'key' | 'id'>,
  { state, blobs }: LifecycleOptions,
): Promise<void> {
  const tx = state.begin()
  try {
    await endUpload(tx, bucket, { upload: await findUpload(tx, bucket, { key, id }), blobs })
    await state.commit(tx)
  } catch (error) {
    const hasEnded = error instanceof ApiError || error instanceof ConflictError
    if (!hasEnded) throw error
  }
}

async function* forgetCompleted({ state, clock }: LifecycleOptions): AsyncGenerator<void> {
  const until = clock.now() - completedKept
  const { rows } = state.begin()
  for await (const page of rowPages<{ at: number }>(rows, 'completed-upload')) {
    const tx = state.begin()
    for (const [row, { at }] of page) if (at <= until) tx.rows.delete('completed-upload', row)
    if (tx.dirty) await state.commit(tx)
    yield
  }
}
