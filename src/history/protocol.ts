import type { IndexerNotice } from './indexer.ts'
import type { FollowPage, FollowQuery, LookupPage, LookupQuery } from './query.ts'

// What the threads of history say to each other. Times in milliseconds since the epoch; `now` always
// comes from the main thread, whose clock is the only one.

/** What the indexer thread is started with. */
export type IndexerData = Readonly<{
  folder: string
  journalFolder: string
  historyDays: number
  now: number
}>

export type ToIndexer = Readonly<
  | { what: 'advance'; seq: number; now: number }
  | { what: 'condemn'; day: number; reason: string }
  | { what: 'close' }
>

export type FromIndexer = Readonly<
  | { what: 'progress'; cursor: number; days: readonly number[]; changed: readonly number[] }
  | { what: 'notice'; notice: IndexerNotice }
  /** A step failed and will be tried again after `pause` milliseconds. */
  | { what: 'failed'; reason: string; pause: number }
>

export type SearcherData = Readonly<{ folder: string; journalFolder: string }>

export type ToSearcher = Readonly<
  | { what: 'days'; days: readonly number[]; changed: readonly number[] }
  | { what: 'lookup'; id: number; query: LookupQuery }
  | { what: 'follow'; id: number; query: FollowQuery; target: number }
  | { what: 'close' }
>

export type FromSearcher = Readonly<
  | { what: 'page'; id: number; page: LookupPage | FollowPage }
  | { what: 'refused'; id: number; reason: string }
  | { what: 'damaged'; day: number; reason: string }
>
