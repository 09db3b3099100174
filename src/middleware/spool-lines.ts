import { crc32 } from 'node:zlib'

const newline = 0x0a
/** Eight hex digits and a space. */
const prefixLength = 9

/** What a spool file holds. */
export type SpoolContent = Readonly<{
  /** As they were given, each with its line break. */
  lines: readonly Buffer[]
  /** What is there instead of lines. */
  damage: readonly Readonly<{ bytes: Buffer; isCutOff: boolean }>[]
}>

/** A line as it lies in the spool: its CRC-32 in hex before it. */
export function spoolLine(line: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${checksum(line)} `), line])
}

/** Tells lines from damage; a line is one only where its checksum says so. */
export function readSpoolLines(content: Buffer): SpoolContent {
  const lines: Buffer[] = []
  const damage: Array<{ bytes: Buffer; isCutOff: boolean }> = []
  for (let at = 0; at < content.length; ) {
    const end = content.indexOf(newline, at) + 1 || content.length
    const line = content.subarray(at + prefixLength, end)
    const bytes = content.subarray(at, end)
    const isCutOff = bytes.at(-1) !== newline
    const isIntact = bytes.toString('latin1', 0, prefixLength) === `${checksum(line)} `
    if (isIntact && !isCutOff) lines.push(line)
    else damage.push({ bytes, isCutOff })
    at = end
  }
  return { lines, damage }
}

function checksum(line: Buffer): string {
  return crc32(line).toString(16).padStart(8, '0')
}
