import { createHash } from 'node:crypto'
import { ContentError, inflate } from './content.ts'
import { RecordScanner } from './records.ts'
import { keyIn, type Source } from './source.ts'

/** What a log file's bytes say of themselves. */
export type LogContent =
  | Readonly<{
      state: 'read'
      sha256: string
      /** Inflated. */
      bytes: number
      records: number
      fingerprints: readonly number[]
    }>
  | Readonly<{ state: 'unreadable'; reason: string }>
  | Readonly<{ state: 'missing' }>

/** Reads a log file once, chunk by chunk: its hash, its size, and its records' fingerprints. */
export async function readLogFile(
  source: Source,
  key: string,
  inflatedBytesMax: number,
): Promise<LogContent> {
  const stored = await source.get(keyIn(source, key))
  if (!stored) return { state: 'missing' }
  const sha256 = createHash('sha256')
  const scanner = new RecordScanner()
  let bytes = 0
  try {
    for await (const chunk of inflate(stored.body, inflatedBytesMax)) {
      sha256.update(chunk)
      scanner.update(chunk)
      bytes += chunk.length
    }
  } catch (error) {
    if (!(error instanceof ContentError)) throw error
    return { state: 'unreadable', reason: error.message }
  }
  const { records, fingerprints } = scanner
  return { state: 'read', sha256: sha256.digest('hex'), bytes, records, fingerprints }
}
