import type { Rows } from '../operation.ts'
import { behindRow } from './object-place.ts'

/** Rows read at once by who goes through all of them: what holds up calls meanwhile. */
const pageMax = 500

const everything = { from: Buffer.alloc(0), to: Buffer.of(0xff) }

/**
 * The rows of a table, from `from` up to but not `to`, page by page and in order; each page is as it is when
 * it is read. Rejects with StorageError.
 */
export async function* rowPages<T>(
  rows: Rows,
  table: string,
  { from: first, to }: Readonly<{ from: Buffer; to: Buffer }> = everything,
): AsyncGenerator<ReadonlyArray<readonly [row: Buffer, value: T]>> {
  for (let from: Buffer | undefined = first; from; ) {
    const page: Array<readonly [Buffer, T]> = await rows.range(table, { from, to, limit: pageMax })
    yield page
    from = page.length < pageMax ? undefined : behindRow(page.at(-1)![0])
  }
}
