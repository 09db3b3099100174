/** A file to import, wherever it lies. */
export type ImportFile = Readonly<{
  type: 'file'
  /** A path, or `s3://bucket/key`. */
  name: string
  /** Bytes as they are stored. */
  size: number
  /** Changes when the content does: the time of the last change, or the ETag. */
  mark: string
  /** The stored bytes: at hand where the file is small, else as they come. May be called again. */
  open(): Promise<Content>
}>

/** Stored bytes, at hand or as they come. */
export type Content = Buffer | AsyncIterable<Buffer>

/** What a place holds: files to import, files not named like log files, and what cannot be read. */
export type Found =
  | ImportFile
  | Readonly<{ type: 'other'; name: string }>
  | Readonly<{ type: 'unreadable'; name: string; reason: string }>

/** A folder, a glob or a bucket. */
export interface ImportSource {
  /** What stands for it, always the same for the same place. */
  readonly name: string
  /** Everything in it at this time, in a stable order. Rejects where the place itself cannot be read. */
  files(): AsyncIterable<Found>
}

/** Files up to this size are read whole and may share a request; larger ones are streamed. */
export const heldBytesMax = 1024 * 1024

/** Whether a name is one that log files have. */
export function isLogFileName(name: string): boolean {
  return /\.(json|ndjson|jsonl)(\.gz)?$/i.test(name)
}
