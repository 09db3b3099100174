import { folderKey, logKinds, type Place } from './names.ts'
import type { Source } from './source.ts'

/**
 * The accounts and Regions that have log files or digests under a trail's prefix. Reads one key for
 * each folder and jumps past the rest, however many there are.
 */
export async function* discoverPlaces(source: Source, prefix: string): AsyncGenerator<Place> {
  const root = prefix ? `${prefix}/AWSLogs/` : 'AWSLogs/'
  for await (const name of folders(source, root)) {
    if (/^o-[a-z0-9]+$/.test(name)) {
      for await (const accountId of folders(source, `${root}${name}/`)) {
        yield* regionsOf(source, { prefix, organizationId: name, accountId })
      }
    } else {
      yield* regionsOf(source, { prefix, accountId: name })
    }
  }
}

async function* regionsOf(source: Source, account: Omit<Place, 'region'>): AsyncGenerator<Place> {
  if (!/^\d{12}$/.test(account.accountId)) return
  const regions = new Set<string>()
  const kinds = ['CloudTrail-Digest', ...logKinds] as const
  const read = async (kind: (typeof kinds)[number]) => {
    const parent = folderKey({ ...account, region: '' }, kind).slice(0, -1)
    for await (const region of folders(source, parent)) regions.add(region)
  }
  await Promise.all(kinds.map(read))
  for (const region of [...regions].sort()) yield { ...account, region }
}

/** The names of the folders directly under `parent`, which ends with a slash. */
async function* folders(source: Source, parent: string): AsyncGenerator<string> {
  let after = parent
  for (;;) {
    const key = await firstKey(source, parent, after)
    if (key === undefined) return
    const [name = '', ...rest] = key.slice(parent.length).split('/')
    if (rest.length > 0 && name !== '') yield name
    // The slash is followed by '0': past every key of this folder.
    after = rest.length > 0 ? `${parent}${name}0` : key
  }
}

async function firstKey(
  source: Source,
  prefix: string,
  after: string,
): Promise<string | undefined> {
  for await (const { key } of source.list(prefix, after)) return key
  return undefined
}
