import type { Socket } from 'node:net'
import { NonsenseError } from './message-head.ts'

/** The connection ended where nothing may end. */
export class CutOffError extends Error {
  override readonly name = 'CutOffError'
  readonly side: Side

  constructor(side: Side, reason: string) {
    super(reason)
    this.side = side
  }
}

export type Side = 'client' | 'upstream'

const joinedBytesMax = 16 * 1024
const headEnd = Buffer.from('\r\n\r\n')

/** A socket that is read when somebody asks and written no faster than it is taken. */
export class ByteSocket {
  readonly socket: Socket
  readonly side: Side
  /** Read and not taken yet; while there is some, little more is read. */
  #held: Buffer | undefined
  #wake: (() => void) | undefined
  #failure: string | undefined

  constructor(socket: Socket, side: Side) {
    this.socket = socket
    this.side = side
    const wake = () => {
      this.#wake?.()
      this.#wake = undefined
    }
    socket.on('data', (bytes: Buffer) => {
      this.#held = this.#held ? Buffer.concat([this.#held, bytes]) : bytes
      if (this.#wake) wake()
      else socket.pause()
    })
    socket.on('end', wake)
    socket.on('close', wake)
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#failure ??= error.code ?? error.message
    })
  }

  /** Why it ended, when that was not in order. */
  get failure(): string | undefined {
    return this.#failure
  }

  /** The next bytes; undefined at the end. Rejects with CutOffError. */
  async next(): Promise<Buffer | undefined> {
    const { socket } = this
    for (;;) {
      const bytes = this.buffered()
      if (bytes) return bytes
      if (socket.readableEnded) return undefined
      if (socket.destroyed) throw this.#cutOff()
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** What is here already. */
  buffered(): Buffer | undefined {
    const bytes = this.#held
    this.#held = undefined
    if (this.socket.isPaused()) this.socket.resume()
    return bytes
  }

  /** Gives back the end of what was read last. */
  unread(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#held = this.#held ? Buffer.concat([bytes, this.#held]) : bytes
  }

  /** It is open, and nothing came that nobody took. */
  get isQuiet(): boolean {
    const { destroyed, readableEnded, readableLength } = this.socket
    return !destroyed && !readableEnded && readableLength === 0 && !this.#held
  }

  /**
   * The bytes of a message's head up to its empty line; undefined when the connection ends before it began.
   * Rejects with CutOffError, and with NonsenseError when it is longer than `bytesMax`.
   */
  async head(bytesMax: number, began?: () => void): Promise<Buffer | undefined> {
    let head: Buffer | undefined
    for (;;) {
      const bytes = await this.next()
      if (!bytes) {
        if (head) throw new CutOffError(this.side, 'closed within a head')
        return undefined
      }
      if (!head) began?.()
      const searched = Math.max(0, (head?.length ?? 0) - 3)
      head = head ? Buffer.concat([head, bytes]) : bytes
      const end = head.indexOf(headEnd, searched)
      if (end > bytesMax || (end < 0 && head.length > bytesMax)) {
        throw new NonsenseError(`a head of more than ${bytesMax} bytes`)
      }
      if (end < 0) continue
      this.unread(head.subarray(end + 4))
      return head.subarray(0, end + 4)
    }
  }

  /**
   * Undefined when more may be written at once; else resolves when it may. Throws CutOffError, or rejects
   * with it, when nobody will read it.
   */
  write(...pieces: readonly Buffer[]): Promise<void> | undefined {
    const { socket } = this
    if (!socket.writable) throw this.#cutOff()
    // Small pieces cost less as one.
    const size = pieces.reduce((sum, { length }) => sum + length, 0)
    const written = size <= joinedBytesMax ? [joined(pieces)] : pieces
    let isTaken = true
    for (const piece of written) isTaken = socket.write(piece)
    return isTaken ? undefined : this.#drained()
  }

  async #drained(): Promise<void> {
    const { socket } = this
    await new Promise<void>((resolve) => {
      const done = () => {
        socket.off('drain', done)
        socket.off('close', done)
        resolve()
      }
      socket.on('drain', done)
      socket.on('close', done)
    })
    if (socket.destroyed) throw this.#cutOff()
  }

  #cutOff(): CutOffError {
    return new CutOffError(this.side, this.#failure ?? 'closed')
  }
}

function joined(pieces: readonly Buffer[]): Buffer {
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
}
