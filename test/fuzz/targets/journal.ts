import { encodeLine, lineBytesMax, quoteSource } from '../../../src/journal/line.ts'
import { type Found, scan } from '../../../src/journal/scan.ts'
import type { Target } from '../fuzzer.ts'

function scanned(bytes: Buffer, windowBytes: number): Found[] {
  const file = {
    bytes: bytes.length,
    read: (into: Buffer, offset: number) => bytes.copy(into, 0, offset, offset + into.length),
    close: () => {},
  }
  return [...scan(file as any, 0, bytes.length, windowBytes)]
}

function encoded(seq: number, record: Buffer): Buffer {
  const source = quoteSource('own')
  const line = Buffer.alloc(lineBytesMax(source, record.length))
  return line.subarray(0, encodeLine(line, 0, { seq, at: 1_795_000_000_000, source, record }))
}

const sound = [`{"eventID":"a"}`, `{"s":"{\\"seq\\":1"}`, '{}'].map((record, i) =>
  encoded(i + 1, Buffer.from(record)),
)

/** Any bytes: what is found and what is flawed together cover the file, in order and once. */
export const journalScan: Target = {
  name: 'journal-scan',
  seeds: [Buffer.concat(sound), sound[0]!, ''],
  tokens: ['\n', '{"seq":', ',"crc":"', ',"head":"', '","record":', '}\n', ...sound.map(String)],
  run(input) {
    let covered = 0
    const found = scanned(input, 700)
    for (const { line, flaw } of found) {
      const { start, end } = line ?? flaw!
      const terminator = flaw?.reason === 'terminator'
      if (start !== (terminator ? covered - 2 : covered) || end <= start) {
        throw new Error(`bytes ${start} to ${end} after ${covered}`)
      }
      if (line && line.record.length !== line.header.len)
        throw new Error('a record of another length')
      covered = end
    }
    if (covered !== input.length) throw new Error(`ends at ${covered} of ${input.length}`)
    return found
      .map(({ flaw }) => flaw?.reason ?? 'line')
      .slice(0, 4)
      .join()
  },
}

/** Lines of any records, one stretch overwritten: all lines the damage does not touch are found. */
export const journalDamage: Target = {
  name: 'journal-damage',
  seeds: ['\x00\x40\x09{"a":1}\n{"b":2}\n{"c":3}', `\x01\x20\x01${'{"seq":1}\n'.repeat(9)}`],
  tokens: ['{"seq":', '"record":', '","head":"', '{', '}', '\n', '\x00', '{"seq":1,"crc":"'],
  run(input) {
    return damaged(input, (input[0] ?? 0) * 256 + (input[1] ?? 0))
  },
}

function damaged(input: Buffer, at: number): string {
  const damageBytes = (input[2] ?? 0) % 64
  const records = input.subarray(3).toString('latin1').split('\n').slice(0, 50)
  const lines = records.map((record, i) => encoded(i + 1, Buffer.from(record, 'latin1')))
  const file = Buffer.concat(lines)
  const start = at % Math.max(file.length, 1)
  const end = Math.min(file.length, start + damageBytes)
  file.fill(input.subarray(0, 8), start, end)
  const found = scanned(file, 700)
  const bySeq = new Map(found.map(({ line }) => [line?.header.seq, line?.record]))
  let offset = 0
  records.forEach((record, i) => {
    const next = offset + lines[i]!.length
    const untouched = end <= offset || start >= next
    // Bytes overwritten just before a line take its line break away; only its own end may be told.
    if (untouched && end !== offset && bySeq.get(i + 1)?.toString('latin1') !== record) {
      throw new Error(`line ${i + 1} of ${lines.length} is lost`)
    }
    offset = next
  })
  return found
    .map(({ flaw }) => flaw?.reason ?? 'line')
    .slice(0, 4)
    .join()
}
