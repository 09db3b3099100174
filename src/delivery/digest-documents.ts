import type { Link } from '../digest/build.ts'

/**
 * How far the digests of a trail have got in a Region: document `digest-chain`, key `<trail id>/<region>`.
 */
export type ChainState = Readonly<{
  /** Version of the last turn that was passed; 0 for none. */
  turn: number
  /**
   * While digests are made: where the next one goes on. Times in milliseconds, those of digests whole
   * seconds.
   */
  open?: Readonly<{
    /** Log files delivered from here on belong to it. */
    from: number
    start: number
    /** Null where it is the first of a chain. */
    previous: Link | null
  }>
  /** No digest may end here or before; 0 for none yet. */
  lastEnd: number
  /** The same of digests of files that came too late for theirs. */
  backfill?: Readonly<{ previous: Link; lastEnd: number }>
  plan?: DigestPlan
}>

/**
 * A digest that may already lie in the bucket. All that its bytes come from is here or does not change, so
 * that after a crash the same is put again.
 */
export type DigestPlan = Readonly<{
  kind: 'regular' | 'final' | 'backfill'
  bucket: string
  prefix: string
  startTime: number
  endTime: number
  /** When it was planned. */
  generatedAt: number
  /** Keys of `delivered-file` documents. */
  files: readonly string[]
  /** Of the key that signs it. */
  fingerprint: string
}>

/** Key of `digest-chain` and `digest-status`; with a slash, the beginning of those of `delivered-file`. */
export function chainKey(trailId: string, region: string): string {
  return `${trailId}/${region}`
}
