/** How the records of a body lie in it. */
type Form = 'unknown' | 'lines' | 'values'

const quote = 0x22
const backslash = 0x5c
const open = 0x7b
const close = 0x7d
const newline = 0x0a
const openList = 0x5b
const space = 0x20
const comma = 0x2c
const empty = Buffer.alloc(0)
/** What may stand before the first record: `{"Records":[` or `[`. */
const wrapper = /^\s*(\{\s*"Records"\s*:\s*)?\[/
const wrapperBytesMax = 256

/** The body does not have records in any form that is known; the text says what was expected. */
export class FormError extends Error {
  override readonly name = 'FormError'
}

/**
 * Cuts a body into its records without changing a byte of them: a line each (NDJSON), or the objects of
 * `{"Records":[…]}`, of a list, or one after the other. Bytes come in pieces of any size. What is cut out
 * as a record need not be JSON; that is for the caller to see.
 */
export class RecordSplitter {
  readonly #recordBytesMax: number
  #form: Form = 'unknown'
  #rest: Buffer = empty
  /** Where in `#rest` the scan goes on, and what it knows of the object it is in. */
  #at = 0
  #start = -1
  #depth = 0
  #isInText = false
  /** What must still close the wrapper, in this order. */
  #closing = ''
  #failure: FormError | undefined

  constructor(recordBytesMax: number) {
    this.#recordBytesMax = recordBytesMax
  }

  /** The records that are whole now. Throws FormError, once all records before the fault were given. */
  push(bytes: Buffer): Buffer[] {
    if (this.#failure) throw this.#failure
    this.#rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes
    if (this.#form === 'unknown' && !this.#recognise(false)) return []
    return this.#form === 'lines' ? this.#lines() : this.#values()
  }

  /** What is left at the body's end: a last line without its break. Throws FormError for half a body. */
  end(): Buffer[] {
    if (this.#failure) throw this.#failure
    if (this.#form === 'unknown' && !this.#recognise(true)) return []
    if (this.#form === 'lines') {
      const last = this.#rest
      return isBlank(last) ? [] : [last]
    }
    const records = this.#values()
    if (this.#failure) throw this.#failure
    if (this.#start >= 0) throw new FormError('the body ends in the middle of a record')
    if (this.#closing) throw new FormError('the body ends in the middle of its list of records')
    return records
  }

  /** Decides the form as soon as the first bytes tell it; false while they do not. */
  #recognise(isAll: boolean): boolean {
    const head = this.#rest.subarray(0, wrapperBytesMax).toString('latin1')
    const first = head.trimStart()[0]
    if (first === undefined) return false
    if (first !== '{' && first !== '[') {
      throw new FormError('expected NDJSON, {"Records":[…]} or a list of records')
    }
    const end = this.#rest.indexOf(newline)
    const isWrapped = wrapper.exec(head)
    if (isWrapped) {
      this.#form = 'values'
      this.#at = isWrapped[0].length
      this.#closing = isWrapped[1] ? ']}' : ']'
      return true
    }
    if (!isAll && this.#rest.length < wrapperBytesMax && mayBecomeWrapper(head)) return false
    if (!isAll && end < 0 && this.#rest.length < this.#recordBytesMax) return false
    this.#form = end < 0 || isWhole(this.#rest.subarray(0, end)) ? 'lines' : 'values'
    return true
  }

  #lines(): Buffer[] {
    const records: Buffer[] = []
    let start = 0
    for (;;) {
      const end = this.#rest.indexOf(newline, start)
      if (end < 0) break
      const line = this.#rest.subarray(start, end)
      if (!isBlank(line)) records.push(line)
      start = end + 1
    }
    this.#rest = this.#rest.subarray(start)
    if (this.#rest.length > this.#recordBytesMax) {
      this.#failure = new FormError(`a line is longer than ${this.#recordBytesMax} bytes`)
    }
    return records
  }

  #values(): Buffer[] {
    const records: Buffer[] = []
    const bytes = this.#rest
    let { at, start, depth, isInText } = {
      at: this.#at,
      start: this.#start,
      depth: this.#depth,
      isInText: this.#isInText,
    }
    while (at < bytes.length) {
      const byte = bytes[at]!
      if (isInText) {
        if (byte === backslash) at++
        else if (byte === quote) isInText = false
      } else if (byte === open) {
        if (depth++ === 0) start = at
      } else if (depth === 0) {
        if (!this.#maySeparate(byte)) break
      } else if (byte === quote) isInText = true
      else if (byte === close && --depth === 0) {
        records.push(bytes.subarray(start, at + 1))
        start = -1
      }
      at++
    }
    const keepFrom = start >= 0 ? start : Math.min(at, bytes.length)
    if (bytes.length - keepFrom > this.#recordBytesMax) {
      this.#failure = new FormError(`a record is longer than ${this.#recordBytesMax} bytes`)
    }
    this.#rest = bytes.subarray(keepFrom)
    this.#at = at - keepFrom
    this.#start = start >= 0 ? 0 : -1
    this.#depth = depth
    this.#isInText = isInText
    return records
  }

  /** White space, commas and the wrapper's end; whatever else lay there would be passed over in silence. */
  #maySeparate(byte: number): boolean {
    if (byte <= space || byte === comma) return true
    if (byte === this.#closing.charCodeAt(0)) {
      this.#closing = this.#closing.slice(1)
      return true
    }
    this.#failure = new FormError('between the records is something that is not a JSON object')
    return false
  }
}

/** Whether more bytes could make this the beginning of `{"Records":[`. */
function mayBecomeWrapper(head: string): boolean {
  return '{"Records":['.startsWith(head.replace(/\s+/g, ''))
}

function isWhole(line: Buffer): boolean {
  try {
    JSON.parse(line.toString('utf8'))
    return true
  } catch {
    return line[0] !== open && line[0] !== openList
  }
}

function isBlank(line: Buffer): boolean {
  return line.length < 8 && line.toString('latin1').trim() === ''
}
