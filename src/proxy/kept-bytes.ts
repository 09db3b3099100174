import { createHash, type Hash, hash } from 'node:crypto'

/** Bytes that may be kept over all calls under way; those that find it used up keep nothing more. */
export class KeepingRoom {
  #left: number

  constructor(bytes: number) {
    this.#left = bytes
  }

  /** True when they may be kept; then `giveBack` them. */
  take(bytes: number): boolean {
    if (bytes > this.#left) return false
    this.#left -= bytes
    return true
  }

  giveBack(bytes: number): void {
    this.#left += bytes
  }
}

/** The beginning of a body that passes by, and how long all of it was. */
export class KeptBytes {
  /** Of all that passed. */
  size = 0
  readonly #room: KeepingRoom
  readonly #bytesMax: number
  readonly #hashes: boolean
  /** Of what passed, once not all of it is kept. */
  #hash: Hash | undefined
  /** So many of them. */
  kept = 0
  #pieces: Buffer[] = []
  #isWhole = true

  /** With `hashes`, the SHA-256 of all of it is known at the end, also where not all is kept. */
  constructor(room: KeepingRoom, bytesMax: number, hashes = false) {
    this.#room = room
    this.#bytesMax = bytesMax
    this.#hashes = hashes
  }

  add(piece: Buffer): void {
    this.size += piece.length
    this.#hash?.update(piece)
    if (!this.#isWhole) return
    const fits = this.kept + piece.length <= this.#bytesMax && this.#room.take(piece.length)
    if (!fits) {
      this.#isWhole = false
      if (this.#hashes) this.#hash = createHash('sha256').update(this.bytes).update(piece)
      return
    }
    this.#pieces.push(piece)
    this.kept += piece.length
  }

  /** Nothing that passed is missing in `bytes`. */
  get isWhole(): boolean {
    return this.#isWhole
  }

  get bytes(): Buffer {
    const joined = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces)
    this.#pieces = [joined]
    return joined
  }

  /** Hex, of all that passed so far. */
  digest(): string | undefined {
    if (this.#hashes && this.#isWhole) return hash('sha256', this.bytes)
    return this.#hash?.copy().digest('hex')
  }

  /** Nobody needs them any more. */
  forget(): void {
    this.#room.giveBack(this.kept)
    this.#pieces = []
    this.kept = 0
    this.#isWhole = false
  }
}
