import type { Rows } from '../operation.ts'
import type { FileBlobs } from './blobs.ts'
import type { ObjectVersion } from './contract.ts'
import { NamedBlobs } from './named-blobs.ts'
import { rowPages } from './row-pages.ts'
import type { Part } from './uploads.ts'

/**
 * Removes the blobs that no row names: of bodies that came to nothing, and of what was let go of shortly
 * before an end. Calls are served meanwhile; it yields after each step, so that whoever drives it can stop.
 * `filterBytes` is what it holds in memory. Rejects with StorageError.
 */
export async function* sweepBlobs(
  rows: Rows,
  blobs: Pick<FileBlobs, 'isEmpty' | 'sweep'>,
  filterBytes: number,
): AsyncGenerator<void> {
  if (blobs.isEmpty()) return
  const named = new NamedBlobs(filterBytes)
  // Parts first: a blob may go from a part to an object meanwhile, never back.
  for await (const parts of rowPages<Part>(rows, 'part')) {
    for (const [, { blob }] of parts) named.add(blob)
    yield
  }
  for await (const versions of rowPages<ObjectVersion>(rows, 'object')) {
    for (const [, { blobs }] of versions) for (const blob of blobs) named.add(blob)
    yield
  }
  yield* blobs.sweep((id) => named.mayHave(id))
}
