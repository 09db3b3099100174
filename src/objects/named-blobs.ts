import type { BlobRef } from './contract.ts'

/** Bits that stand for a blob: four words of its random id, each of 32 bits. */
const words = 4
const hexDigits = 8

/**
 * Which blobs have a name, in a fixed number of bytes however many they are (a Bloom filter): one that was
 * added is always known, one that was not is taken for known now and then (16 MiB: of 10 million, 1 in 200).
 */
export class NamedBlobs {
  readonly #bits: Uint8Array

  constructor(bytes: number) {
    this.#bits = new Uint8Array(bytes)
  }

  add({ id }: Pick<BlobRef, 'id'>): void {
    for (const bit of this.#bitsOf(id)) this.#bits[bit >>> 3]! |= 1 << (bit & 7)
  }

  mayHave(id: string): boolean {
    return this.#bitsOf(id).every((bit) => this.#bits[bit >>> 3]! & (1 << (bit & 7)))
  }

  #bitsOf(id: string): number[] {
    return Array.from({ length: words }, (_, i) => {
      const word = Number.parseInt(id.slice(hexDigits * i, hexDigits * (i + 1)), 16)
      return word % (8 * this.#bits.length)
    })
  }
}
