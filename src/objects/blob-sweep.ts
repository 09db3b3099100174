import type { Rows } from '../operation.ts'
import type { FileBlobs } from './blobs.ts'
import type { BlobRef, ObjectVersion } from './contract.ts'
import type { Part } from './uploads.ts'

const readMax = 1_000

/**
 * Removes the blobs that no row names: of bodies that came to nothing, and of what was let go of shortly
 * before the end. May run while calls are served. Rejects with StorageError.
 */
export async function sweepBlobs(
  rows: Rows,
  blobs: Pick<FileBlobs, 'isEmpty' | 'sweep'>,
): Promise<void> {
  if (blobs.isEmpty()) return
  const named = new Set<string>()
  const note = ({ id }: BlobRef) => named.add(id)
  // Parts first: a blob may go from a part to an object meanwhile, never back.
  for await (const part of all<Part>(rows, 'part')) note(part.blob)
  for await (const version of all<ObjectVersion>(rows, 'object')) version.blobs.forEach(note)
  await blobs.sweep((id) => named.has(id))
}

async function* all<T>(rows: Rows, table: string): AsyncGenerator<T> {
  const to = Buffer.of(0xff)
  for (let from: Buffer | undefined = Buffer.alloc(0); from; ) {
    const found: Array<readonly [Buffer, T]> = await rows.range(table, { from, to, limit: readMax })
    for (const [, value] of found) yield value
    const last = found.length < readMax ? undefined : found.at(-1)![0]
    from = last && Buffer.concat([last, Buffer.of(0)])
  }
}
