// Contents of objects in memory, for tests; what is let go of is gone at once.
import { createHash } from 'node:crypto'
import { checksumFor } from '../src/checksums.ts'
import { ApiError } from '../src/errors.ts'
import type { BlobRef, Blobs, WrittenBlob } from '../src/objects/contract.ts'

export class MemoryBlobs implements Blobs {
  readonly held = new Map<string, Buffer>()
  #made = 0

  async write(
    body: Buffer | AsyncIterable<Buffer>,
    { bytesMax, checksums = [] }: Parameters<Blobs['write']>[1],
  ): Promise<WrittenBlob> {
    const bytes = Buffer.isBuffer(body) ? body : await gathered(body)
    if (bytes.length > bytesMax) throw new ApiError('EntityTooLarge', 'too large')
    const id = `blob${++this.#made}`
    this.held.set(id, bytes)
    const computed = checksums.map((name) => {
      const checksum = checksumFor(`x-amz-checksum-${name.toLowerCase()}`)!
      checksum.update(bytes)
      return [name, checksum.base64()] as const
    })
    const md5 = createHash('md5').update(bytes).digest('hex')
    return { id, size: bytes.length, md5, checksums: Object.fromEntries(computed) }
  }

  async *read(blobs: readonly BlobRef[], start: number, end: number): AsyncGenerator<Buffer> {
    yield Buffer.concat(blobs.map(({ id }) => this.held.get(id)!)).subarray(start, end)
  }

  release(blobs: readonly BlobRef[]): void {
    for (const { id } of blobs) {
      if (!this.held.delete(id)) throw new Error(`${id} was let go of before`)
    }
  }
}

async function gathered(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of body) pieces.push(piece)
  return Buffer.concat(pieces)
}
