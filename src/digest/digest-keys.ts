import { type Finding, finding } from './finding.ts'
import {
  chainId,
  type DigestName,
  dayFolder,
  folderKey,
  type Place,
  parseDigestKey,
} from './names.ts'
import type { Source } from './source.ts'

export type DigestKey = Readonly<{ type: 'digest key'; key: string; name: DigestName }>

const day = 24 * 3600_000

/**
 * The keys of all digests of an account and Region that matter for a range, by time. A listing sorts
 * them by trail within a day, so a day is held and sorted. After the range, one more of each chain comes
 * along, because it holds the proof of the one before it, and then more while `wanted` says so. Throws
 * where a day has more than `ofDayMax`.
 */
export async function* digestKeys(
  source: Source,
  place: Place,
  range: Readonly<{ from?: number; until?: number; ofDayMax: number }>,
  wanted: () => boolean,
): AsyncGenerator<DigestKey | Finding> {
  const { from = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = range
  const folder = folderKey(place, 'CloudTrail-Digest')
  const after = folder + (Number.isFinite(from) ? dayFolder(from) : '')
  const beyond = new Map<string, number>()
  let today: DigestKey[] = []
  const sorted = function* (): Generator<DigestKey> {
    for (const item of today.sort((a, b) => a.name.endTime - b.name.endTime)) {
      if (item.name.endTime < from) continue
      const count = beyond.get(chainId(item.name)) ?? 0
      if (item.name.endTime >= until) beyond.set(chainId(item.name), count + 1)
      // The first to end after the range covers its end; the second holds the proof of the first.
      if (count < 2 || wanted()) yield item
    }
    today = []
  }
  for await (const { key } of source.list(folder, after)) {
    const name = parseDigestKey(key)
    if (!name) {
      if (!key.endsWith('/')) yield finding('not-a-digest', 'is no digest by its name', { key })
      continue
    }
    const first = today[0]
    if (first && dayFolder(first.name.endTime) !== dayFolder(name.endTime)) {
      yield* sorted()
      if (name.endTime > until + 2 * day && !wanted()) break
    }
    if (today.length >= range.ofDayMax) {
      const day = folder + dayFolder(name.endTime)
      throw new Error(`more than ${range.ofDayMax} digests in one day: ${day}`)
    }
    today.push({ type: 'digest key', key, name })
  }
  yield* sorted()
}
