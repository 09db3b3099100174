/** Most events in one post. */
export const batchEventsMax = 100
/** Most bytes in one post. */
export const batchBytesMax = 1024 * 1024

/** How many of the lines from `from` on make the next post; at least one where there is one. */
export function batchEnd(lines: readonly Buffer[], from: number): number {
  let bytes = 0
  let end = from
  while (end < lines.length && end - from < batchEventsMax) {
    bytes += lines[end]!.length
    if (bytes > batchBytesMax && end > from) break
    end++
  }
  return end
}
