const newline = 0x0a
const carriageReturn = 0x0d
const space = 0x20

/**
 * A record in one line: line breaks between tokens become spaces, nothing else is touched. Inside of JSON
 * texts there are none. The same buffer where there is nothing to do.
 */
export function oneLine(record: Buffer): Buffer {
  if (!record.includes(newline) && !record.includes(carriageReturn)) return record
  const folded = Buffer.from(record)
  for (let i = 0; i < folded.length; i++) {
    if (folded[i] === newline || folded[i] === carriageReturn) folded[i] = space
  }
  return folded
}
