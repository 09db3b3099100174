import { type Found, heldBytesMax, type ImportFile } from './files.ts'

/** Small files that may share a request: a trail's are mostly a few kilobytes. */
const filesMax = 64

/** Files in groups as they are sent: small ones together up to a bound on bytes, large ones alone. */
export async function* groups(
  found: AsyncIterable<Found>,
  pass: (one: Exclude<Found, ImportFile>) => void | Promise<void>,
  isWanted: (file: ImportFile) => boolean | Promise<boolean>,
): AsyncGenerator<readonly ImportFile[]> {
  let group: ImportFile[] = []
  let bytes = 0
  for await (const one of found) {
    if (one.type !== 'file') {
      await pass(one)
      continue
    }
    if (!(await isWanted(one))) continue
    if (group.length > 0 && (bytes + one.size > heldBytesMax || group.length >= filesMax)) {
      yield group
      group = []
      bytes = 0
    }
    group.push(one)
    bytes += one.size
  }
  if (group.length > 0) yield group
}
