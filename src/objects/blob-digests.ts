import { createHash } from 'node:crypto'
import { checksumFor, type Checksum as RunningChecksum } from '../checksums.ts'
import type { Checksum, WrittenBlob } from './contract.ts'

type Algorithm = Checksum['algorithm']

/** What is told of bytes while they stream by: MD5 always, the checksums that were asked for. */
export class BlobDigests {
  readonly #md5 = createHash('md5')
  readonly #checksums: ReadonlyArray<readonly [Algorithm, RunningChecksum]>

  constructor(algorithms: readonly Algorithm[]) {
    this.#checksums = algorithms.map((name) => [name, checksumFor(headerOf(name))!] as const)
  }

  update(bytes: Buffer): void {
    this.#md5.update(bytes)
    for (const [, checksum] of this.#checksums) checksum.update(bytes)
  }

  /** Once, at the end. */
  finish(): Pick<WrittenBlob, 'md5' | 'checksums'> {
    const checksums = this.#checksums.map(([name, checksum]) => [name, checksum.base64()])
    return { md5: this.#md5.digest('hex'), checksums: Object.fromEntries(checksums) }
  }
}

function headerOf(algorithm: Algorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`
}
